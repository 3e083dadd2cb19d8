/** A request that the gateway sends to its own public door: its answer, its waterfall, and which route took it and why. */
import { ask, bytesText, chip, el, timeText } from './dom.js';
import { waterfallOf } from './waterfall.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const TRIES = 8;
const PAUSE_MS = 150;

function headersOf(text) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      if (colon <= 0) throw new Error(`Header “${line.trim()}”: expected name: value`);
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}

/** The trace is there when the last byte is out, which may be a moment after we had it. */
async function traceOf(id) {
  for (let left = TRIES; left > 0; left -= 1) {
    try {
      return await ask(`admin/live/requests/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error.status !== 404) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  return undefined;
}

function answerOf({ status, headers, body, encoding, bytes, cut, totalMs }) {
  const state = status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good';
  const said = encoding ? pretty(body) : `${bytesText(bytes)} that are no text`;
  return el(
    'div',
    { className: 'answer' },
    el(
      'p',
      { className: 'head' },
      chip(String(status), state),
      el('span', {
        className: 'hint',
        text: `${timeText(totalMs)} · ${bytesText(bytes)}${cut ? ', cut off here' : ''}`,
      }),
    ),
    el(
      'details',
      {},
      el('summary', { text: `${headers.length} header fields` }),
      el('pre', { text: headers.map(([name, value]) => `${name}: ${value}`).join('\n') }),
    ),
    el('pre', { className: 'body', text: said || '(no body)' }),
  );
}

function checksOf({ checks, against }) {
  const items = checks.map(({ holds, says }) =>
    el('li', { className: holds ? 'holds' : 'fails', text: says }),
  );
  if (against !== undefined && checks.every(({ holds }) => holds))
    items.push(el('li', { className: 'fails', text: against }));
  return el('ul', { className: 'checks' }, ...items);
}

function matchOf({ result, template, params, allow, routes }) {
  const said =
    result === 'found'
      ? el(
          'p',
          {},
          'Goes to ',
          el('b', { text: template }),
          ...Object.entries(params ?? {}).map(([name, value]) =>
            el('span', { className: 'param', text: `${name} = ${value}` }),
          ),
        )
      : el('p', {
          text: result === 'method_not_allowed' ? `405: the path takes ${allow}` : '404: no route takes it',
        });
  const near = routes.filter(({ taken, isElsewhere }) => taken || !isElsewhere);
  const others = routes.length - near.length;
  return el(
    'div',
    { className: 'answer' },
    said,
    ...near.map((one) =>
      el(
        'div',
        { className: `candidate ${one.taken ? 'taken' : ''}` },
        el(
          'p',
          {},
          chip(one.taken ? 'takes it' : 'not', one.taken ? 'good' : 'quiet'),
          el('code', { text: one.route }),
        ),
        checksOf(one),
      ),
    ),
    el('p', {
      className: 'hint',
      text: `${others} ${others === 1 ? 'route is' : 'routes are'} for other hosts or paths.`,
    }),
  );
}

export function tryIt() {
  const method = el(
    'select',
    { className: 'field', 'aria-label': 'Method' },
    ...METHODS.map((text) => el('option', { text })),
  );
  const path = el('input', {
    className: 'field mono',
    'aria-label': 'Path',
    value: '/healthz',
    spellcheck: 'false',
  });
  const headers = el('textarea', {
    className: 'field mono',
    rows: '3',
    spellcheck: 'false',
    placeholder: 'authorization: Bearer …\naccept: application/json',
    id: 'try-headers',
  });
  const body = el('textarea', { className: 'field mono', rows: '3', spellcheck: 'false', id: 'try-body' });
  const result = el('div', { 'aria-live': 'polite' });
  const send = el('button', { type: 'submit', className: 'button primary', text: 'Send' });
  const which = el('button', {
    type: 'button',
    className: 'button',
    text: 'Which route?',
    on: { click: () => void run(match) },
  });

  async function run(work) {
    send.disabled = true;
    which.disabled = true;
    try {
      result.replaceChildren(...(await work()));
    } catch (error) {
      result.replaceChildren(el('p', { className: 'error', role: 'alert', text: error.message }));
    } finally {
      send.disabled = false;
      which.disabled = false;
    }
  }

  async function match() {
    const fields = headersOf(headers.value).map(([name, value]) => `${name}: ${value}`);
    return [
      matchOf(await ask('admin/live/match', { method: method.value, url: path.value, headers: fields })),
    ];
  }

  async function sendIt() {
    const asked = { method: method.value, path: path.value, headers: headersOf(headers.value) };
    const answer = await ask('admin/live/try', body.value === '' ? asked : { ...asked, body: body.value });
    const trace = await traceOf(answer.id);
    return [answerOf(answer), ...(trace ? [waterfallOf(trace)] : [])];
  }

  const form = el(
    'form',
    {
      className: 'try',
      on: {
        submit: (event) => {
          event.preventDefault();
          void run(sendIt);
        },
      },
    },
    el('div', { className: 'line' }, method, path),
    el('label', { for: 'try-headers', text: 'Header fields, one a line' }),
    headers,
    el('label', { for: 'try-body', text: 'Body' }),
    body,
    el('div', { className: 'line' }, send, which),
  );
  return {
    element: el(
      'section',
      { className: 'card' },
      el('h2', { text: 'Try it' }),
      el('p', {
        className: 'hint',
        text: 'Sent by the gateway to its own public port, as a client on its machine. It has effects like any other request.',
      }),
      form,
      result,
    ),
    fill(asked, where) {
      method.value = METHODS.includes(asked) ? asked : 'GET';
      path.value = where;
      path.focus();
    },
  };
}
