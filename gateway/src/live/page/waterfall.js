/** One request as rows of bars, with the critical path, and in words which backend made it as long as it was. */
import { chip, clockText, el, timeText } from './dom.js';
import { blame } from './figures.js';

const MOST_TICKS = 5;
const CHIPS = { good: 'good', spared: 'quiet', bad: 'bad', stopped: 'quiet' };
/** Longer codes in the words of people; the code itself is told when it is pointed at. */
const WORDS = {
  upstream_timeout: 'timed out',
  deadline_exceeded: 'out of time',
  upstream_unreachable: 'unreachable',
  upstream_error: 'broken answer',
  circuit_open: 'breaker open',
  bulkhead_full: 'no place free',
};

/** The span of time that the bars stand for: to the deadline only where that is near. */
function spanOf({ totalMs, deadlineMs }) {
  const near = deadlineMs !== undefined && deadlineMs <= totalMs * 1.5;
  return Math.max(totalMs, near ? deadlineMs : 0, 0.1);
}

/** Marks at 1, 2 or 5 times a power of ten. */
function ticksOf(span) {
  const least = span / MOST_TICKS;
  const ten = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((times) => times * ten).find((one) => one >= least);
  const ticks = [];
  for (let i = 0; i * step < span * 0.93; i += 1) ticks.push(i * step);
  return ticks;
}

function tickText(ms) {
  if (ms === 0) return '0';
  return ms >= 1_000 ? `${Number((ms / 1_000).toFixed(2))} s` : `${Number(ms.toFixed(2))} ms`;
}

function piece(className, { startMs, endMs }, span) {
  const made = el('i', { className });
  made.style.left = `${(startMs / span) * 100}%`;
  made.style.width = `${((endMs - startMs) / span) * 100}%`;
  return made;
}

function rowOf(row, { span, ticks, deadlineMs }) {
  const bar = el('div', { className: 'bar', 'aria-hidden': 'true' });
  for (const startMs of ticks) bar.append(piece('tick', { startMs, endMs: startMs }, span));
  bar.append(piece('run', row, span));
  if (row.kind === 'part') for (const wait of row.waits) bar.append(piece('wait', wait, span));
  for (const critical of row.critical) bar.append(piece('critical', critical, span));
  if (deadlineMs !== undefined && deadlineMs <= span)
    bar.append(piece('limit', { startMs: deadlineMs, endMs: deadlineMs }, span));
  // A fetch of the graph is called as its subgraph is.
  const notes = row.notes.filter((note) => note !== `graph:${row.name}`).join(' · ');
  return el(
    'tr',
    {
      className: `kind-${row.kind} depth-${row.depth} ${row.state}${row.critical.length > 0 ? ' is-critical' : ''}`,
    },
    el(
      'th',
      { scope: 'row', title: notes ? `${row.name} · ${notes}` : row.name },
      el(
        'div',
        { className: 'who' },
        el('span', { className: 'name', text: row.name }),
        notes ? el('span', { className: 'notes', text: notes }) : undefined,
      ),
    ),
    el('td', { title: `${timeText(row.startMs)} to ${timeText(row.endMs)}` }, bar),
    el('td', { text: timeText(row.endMs - row.startMs) }),
    el('td', { title: row.outcome }, chip(WORDS[row.outcome] ?? row.outcome, CHIPS[row.state])),
  );
}

/** Parts before calls that belong to none, and each with its own calls below it. */
function ordered([request, ...rows]) {
  const parts = [];
  const loose = [];
  for (const row of rows) {
    if (row.depth > 1) parts.at(-1)?.push(row);
    else if (row.kind === 'part') parts.push([row]);
    else loose.push(row);
  }
  parts.sort((a, b) => a[0].startMs - b[0].startMs);
  return { request, parts: parts.flat(), loose: loose.sort((a, b) => a.startMs - b.startMs) };
}

/** Calls of the graph and of no part in particular, under a heading where there are parts, too. */
function bodyOf({ rows }, scale) {
  const { request, parts, loose } = ordered(rows);
  const body = el('tbody', {}, ...[request, ...parts].map((row) => rowOf(row, scale)));
  if (parts.length > 0 && loose.length > 0) {
    const isGraph = loose.every(({ notes }) => notes.some((note) => note.startsWith('graph:')));
    const text = isGraph ? 'What the graph asked for these parts' : 'Calls of no part';
    body.append(
      el(
        'tr',
        { className: 'group' },
        el('th', { scope: 'colgroup', colspan: '2', text }),
        el('td'),
        el('td'),
      ),
    );
  }
  body.append(...loose.map((row) => rowOf(row, scale)));
  return body;
}

const MOST_SHARES = 4;

function verdictOf(shown) {
  const all = blame(shown);
  const [first] = all;
  if (!first || shown.totalMs < 1) return undefined;
  const percent = Math.round(first.share * 100);
  const told = all.slice(0, MOST_SHARES);
  const rest = Math.max(0, shown.totalMs - told.reduce((sum, { ms }) => sum + ms, 0));
  const shares = [
    ...told.map(({ upstream, ms }, i) => ({ name: upstream, ms, className: `share-${i}` })),
    { name: 'no backend', ms: rest, className: 'share-rest' },
  ].filter(({ ms }) => ms / shown.totalMs >= 0.005);
  const strip = el('div', { className: 'shares', 'aria-hidden': 'true' });
  for (const { ms, className, name } of shares) {
    const part = el('i', { className, title: `${name} ${timeText(ms)}` });
    part.style.flexGrow = String(ms / shown.totalMs);
    strip.append(part);
  }
  return el(
    'div',
    { className: 'verdict' },
    el(
      'p',
      { className: 'sentence' },
      'Waited ',
      el('b', { text: timeText(first.ms) }),
      ` of ${timeText(shown.totalMs)} for `,
      el('b', { className: 'culprit', text: first.upstream }),
      ` (${percent} %)`,
    ),
    strip,
    el(
      'ul',
      { className: 'keys' },
      ...shares.map(({ name, ms, className }) =>
        el('li', {}, el('i', { className }), `${name} `, el('b', { text: timeText(ms) })),
      ),
    ),
  );
}

function legend({ rows, deadlineMs }, span) {
  const entries = [
    ['critical', 'critical path: shorten it and the answer comes sooner'],
    ['run', 'under way beside it'],
  ];
  if (rows.some(({ kind, waits }) => kind === 'part' && waits.length > 0))
    entries.push(['wait', 'waits for another part']);
  if (deadlineMs !== undefined && deadlineMs <= span) entries.push(['limit', 'deadline']);
  return el(
    'ul',
    { className: 'legend' },
    ...entries.map(([name, text]) => el('li', {}, el('i', { className: name }), text)),
  );
}

/** The article for a request. */
export function waterfallOf(shown) {
  const span = spanOf(shown);
  const ticks = ticksOf(span);
  const { status, code, totalMs, deadlineMs, id, at } = shown;
  const state = status === undefined ? 'quiet' : status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good';
  const facts = [
    clockText(at),
    deadlineMs === undefined ? timeText(totalMs) : `${timeText(totalMs)} of ${timeText(deadlineMs)} allowed`,
  ];
  const marks = ticks.map((ms) => {
    const mark = el('span', { text: tickText(ms) });
    mark.style.left = `${(ms / span) * 100}%`;
    return mark;
  });
  const path =
    shown.path.length > 1
      ? el('p', { className: 'path' }, 'Critical path: ', el('b', { text: shown.path.join(' → ') }))
      : undefined;
  return el(
    'article',
    { className: 'waterfall' },
    el(
      'div',
      { className: 'head' },
      el('h2', { text: `${shown.method} ${shown.route}` }),
      chip(
        status === undefined ? 'client left' : code === undefined ? String(status) : `${status} ${code}`,
        state,
      ),
      el('span', { className: 'facts', text: facts.join(' · ') }),
      el('code', { className: 'facts id', text: id, title: 'Request id, as in the access log' }),
    ),
    verdictOf(shown),
    el(
      'div',
      { className: 'scroll' },
      el(
        'table',
        {},
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            el('th', { scope: 'col', text: 'Part, call' }),
            el('th', { scope: 'col' }, el('div', { className: 'scale' }, ...marks)),
            el('th', { scope: 'col', text: 'Time' }),
            el('th', { scope: 'col', text: 'Outcome' }),
          ),
        ),
        bodyOf(shown, { span, ticks, deadlineMs }),
      ),
    ),
    path,
    legend(shown, span),
  );
}
