/** The last requests, filtered, and the one that is chosen as a waterfall. */
import { ask, chip, clockText, el, empty, reconcile, setText, timeText } from './dom.js';
import { keyOf } from './follow.js';
import { waterfallOf } from './waterfall.js';

const MOST_SHOWN = 150;
const STATUSES = [
  ['', 'Any status'],
  ['good', 'Answered (below 400)'],
  ['refused', 'Refused (4xx)'],
  ['failing', 'Failing (5xx)'],
];
const SORTS = [
  ['newest', 'Newest first'],
  ['slowest', 'Slowest first'],
];

function stateOf({ status }) {
  if (status === undefined) return 'quiet';
  return status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good';
}

function isOf(status, request) {
  if (status === 'good') return stateOf(request) === 'good';
  if (status === 'refused') return stateOf(request) === 'warn';
  return status !== 'failing' || stateOf(request) === 'bad';
}

function choiceOf(label, options, onChange) {
  return el(
    'select',
    { className: 'field', 'aria-label': label, on: { change: onChange } },
    ...options.map(([value, text]) => el('option', { value, text })),
  );
}

export function requests() {
  let last = { requests: [] };
  let chosen;
  const redraw = () => draw();
  const route = choiceOf('Route', [['', 'All routes']], redraw);
  const status = choiceOf('Status', STATUSES, redraw);
  const sort = choiceOf('Order', SORTS, redraw);
  const list = el('ol', { className: 'requests', 'aria-label': 'Requests' });
  const none = empty(
    'No requests here',
    'Requests are recorded while this page is open. Send one, or take away a filter.',
  );
  const detail = el('div', { className: 'card detail' }, hintOf());

  function hintOf() {
    return empty(
      'Choose a request',
      'Its calls and waits show here as a waterfall, with the backend that made it as long as it was.',
    );
  }

  function rowOf(request) {
    return el(
      'li',
      {},
      el(
        'button',
        { type: 'button', on: { click: () => void choose(request) } },
        chip(String(request.status ?? '—'), stateOf(request)),
        el('span', { className: 'what', text: `${request.method} ${request.route}` }),
        el('span', { className: 'ms', text: timeText(request.totalMs) }),
        el('span', {
          className: 'when',
          text: [
            clockText(request.at),
            ...request.screens,
            ...(request.slowest ? [`mostly ${request.slowest.upstream}`] : []),
          ].join(' · '),
        }),
      ),
    );
  }

  async function choose(request) {
    chosen = keyOf(request);
    draw();
    const at = new URLSearchParams({ ...(route.value ? { route: route.value } : {}), id: request.id });
    history.replaceState(undefined, '', `#requests?${at}`);
    await open(request.id, chosen);
  }

  async function open(id, key) {
    try {
      const shown = await ask(`admin/live/requests/${encodeURIComponent(id)}`);
      if (chosen === key) detail.replaceChildren(waterfallOf(shown));
    } catch {
      if (chosen !== key) return;
      detail.replaceChildren(
        empty('It is gone', 'Only the last requests are kept; this one made room for others.'),
      );
    }
  }

  function draw() {
    const routes = [...new Set(last.requests.map((one) => one.route))].sort();
    if (route.value && !routes.includes(route.value)) routes.push(route.value);
    reconcile(
      route,
      ['', ...routes],
      (value) => value,
      (value) => el('option', { value, text: value || 'All routes' }),
      () => {},
    );
    let shown = last.requests.filter(
      (one) => (!route.value || one.route === route.value) && isOf(status.value, one),
    );
    if (sort.value === 'slowest') shown = shown.toSorted((a, b) => b.totalMs - a.totalMs);
    shown = shown.slice(0, MOST_SHOWN);
    none.hidden = shown.length > 0;
    reconcile(list, shown, keyOf, rowOf, (item, request) => {
      const button = item.firstElementChild;
      if (keyOf(request) === chosen) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    });
    setText(count, `${shown.length} of ${last.requests.length} requests`);
  }

  const count = el('span', { className: 'hint' });
  /** Up and down go from request to request. */
  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
    const next = step && event.target.closest('li')?.[step]?.querySelector('button');
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  });

  return {
    element: el(
      'div',
      { className: 'stack' },
      el('div', { className: 'toolbar' }, route, status, sort, count),
      el('div', { className: 'list-detail' }, el('div', { className: 'card list' }, none, list), detail),
    ),
    show(filter) {
      if (filter.route !== undefined) {
        if (![...route.options].some(({ value }) => value === filter.route)) {
          const option = el('option', { value: filter.route, text: filter.route });
          option.dataset.key = filter.route;
          route.append(option);
        }
        route.value = filter.route;
      }
      if (filter.status !== undefined) status.value = filter.status;
      if (filter.id === undefined) return;
      const known = last.requests.find(({ id }) => id === filter.id);
      chosen = known ? keyOf(known) : filter.id;
      void open(filter.id, chosen);
    },
    update(now) {
      last = now;
      draw();
    },
  };
}
