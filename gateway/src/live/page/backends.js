/** Every upstream with its endpoints: latencies on one scale, so that the slow one is seen, and what keeps calls away. */
import { chip, el, empty, rateText, reconcile, setText, shareText, timeText } from './dom.js';
import { BREAKERS, HEALTH, worstOf } from './figures.js';

const BREAKER_STATES = { open: 'bad', 'half-open': 'warn', closed: 'good' };
const HEALTH_STATES = { ejected: 'bad', unhealthy: 'bad', healthy: 'good', unknown: 'quiet' };
/** Beyond the slowest p95 by so much: a single call that took for ever must not make all others look alike. */
const ROOM = 1.15;

/** In full to p50, soft to p95, and a mark at p99: all of them on one scale from zero. */
function latencyStrip() {
  const bar = el('i', { className: 'span' });
  const mark = el('i', { className: 'mark' });
  return el('div', { className: 'strip', 'aria-hidden': 'true' }, el('i', { className: 'base' }), bar, mark);
}

function placeOn(ms, scaleMs) {
  return ms === undefined ? 0 : Math.min(100, (100 * ms) / scaleMs);
}

function figure(label) {
  return el('div', { className: 'figure' }, el('dt', { text: label }), el('dd'));
}

const FIGURES = [
  ['Calls / s', ({ perSecond }) => rateText(perSecond)],
  ['Failing', ({ failed, calls }) => shareText(failed / Math.max(1, calls))],
  ['p50', ({ p50 }) => timeText(p50)],
  ['p95', ({ p95 }) => timeText(p95)],
  ['p99', ({ p99 }) => timeText(p99)],
  [
    'In flight',
    ({ inFlight, queued }) => (queued > 0 ? `${inFlight} + ${queued} waiting` : String(inFlight)),
  ],
];

const ENDPOINT = ['Endpoint', 'Breaker', 'Health', 'Share', 'Failing', 'p95', 'In flight'];

function makeCard({ upstream }) {
  return el(
    'section',
    { className: 'card backend', 'aria-label': upstream },
    el('div', { className: 'head' }, el('h2', { text: upstream }), el('span', { className: 'states' })),
    el('dl', { className: 'figures' }, ...FIGURES.map(([label]) => figure(label))),
    latencyStrip(),
    el(
      'div',
      { className: 'scroll' },
      el(
        'table',
        { className: 'numbers endpoints' },
        el('thead', {}, el('tr', {}, ...ENDPOINT.map((text) => el('th', { scope: 'col', text })))),
        el('tbody'),
      ),
    ),
  );
}

function endpointRow({ endpoint }) {
  const load = el('span', { className: 'track' }, el('i'));
  return el(
    'tr',
    {},
    el('td', { className: 'mono', text: endpoint }),
    el('td', {}, chip('', 'quiet')),
    el('td', {}, chip('', 'quiet')),
    ...['', '', ''].map(() => el('td')),
    el('td', {}, el('span', { className: 'value' }), el('span', { className: 'limit' }), load),
  );
}

function stateText(states, state) {
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  return all > 1 && states[state] < all ? `${state} in ${states[state]} of ${all}` : state;
}

function tellEndpoint(row, one, calls) {
  const breaker = worstOf(one.breakers, BREAKERS);
  const health = worstOf(one.health, HEALTH);
  const [, breakerCell, healthCell, share, failing, p95, flight] = row.cells;
  const tellChip = (cell, states, state, className) => {
    setText(cell.firstChild, stateText(states, state));
    cell.firstChild.className = `chip ${className}`;
  };
  tellChip(breakerCell, one.breakers, breaker, BREAKER_STATES[breaker] ?? 'quiet');
  tellChip(healthCell, one.health, health, HEALTH_STATES[health] ?? 'quiet');
  if (health === 'unknown') setText(healthCell.firstChild, 'not probed');
  setText(share, calls > 0 ? shareText(one.calls / calls) : '–');
  setText(failing, shareText(one.failed / Math.max(1, one.calls)));
  failing.className = one.failed > 0 ? 'is-bad' : '';
  setText(p95, timeText(one.p95));
  setText(flight.querySelector('.value'), String(one.inFlight));
  setText(flight.querySelector('.limit'), ` of ${one.limit}`);
  flight.title = `${one.inFlight} of ${one.limit} at once`;
  flight.querySelector('i').style.width = `${Math.min(100, (one.inFlight / Math.max(1, one.limit)) * 100)}%`;
}

function tellCard(card, one, { scaleMs, slowestMs, chosen }) {
  const isSlowest = one.calls > 0 && one.p50 === slowestMs && slowestMs >= 50;
  for (const [i, [, text]] of FIGURES.entries()) setText(card.querySelectorAll('dd')[i], text(one));
  card.querySelectorAll('dd')[1].className = one.failed > 0 ? 'is-bad' : '';
  card.classList.toggle('idle', one.calls === 0);
  card.classList.toggle('chosen', one.upstream === chosen);
  card.classList.toggle('slowest', isSlowest);
  // What there is of one alone stands above already.
  card.classList.toggle('several', one.endpoints.length > 1);
  const states = [];
  if (isSlowest) states.push(['slowest', 'warn']);
  const open = one.endpoints.filter(({ breakers }) => breakers.open > 0).length;
  if (open > 0) states.push([open === one.endpoints.length ? 'cut off' : `${open} cut off`, 'bad']);
  if (one.calls === 0) states.push(['not asked', 'quiet']);
  reconcile(
    card.querySelector('.states'),
    states,
    ([text]) => text,
    ([text, state]) => chip(text, state),
    () => {},
  );
  const [half, most, nearlyAll] = [one.p50, one.p95, one.p99].map((ms) => placeOn(ms, scaleMs));
  const [base, bar, mark] = card.querySelectorAll('.strip i');
  base.style.width = `${most}%`;
  bar.style.width = `${Math.max(0.4, half)}%`;
  mark.style.left = `${nearlyAll}%`;
  card.querySelector('.strip').title =
    `p50 ${timeText(one.p50)}, p95 ${timeText(one.p95)}, p99 ${timeText(one.p99)}; the strip ends at ${timeText(scaleMs)}`;
  card.querySelector('.figures').hidden = one.calls === 0;
  card.querySelector('.strip').hidden = one.calls === 0;
  reconcile(
    card.querySelector('tbody'),
    one.endpoints,
    ({ endpoint }) => endpoint,
    endpointRow,
    (row, endpoint) => tellEndpoint(row, endpoint, one.calls),
  );
}

const ORDERS = [
  ['Slowest first', (a, b) => (b.p50 ?? -1) - (a.p50 ?? -1) || a.upstream.localeCompare(b.upstream)],
  ['Most asked first', (a, b) => b.calls - a.calls || a.upstream.localeCompare(b.upstream)],
  ['By name', (a, b) => a.upstream.localeCompare(b.upstream)],
];

export function backends() {
  const list = el('div', { className: 'backends' });
  const none = empty(
    'No backends',
    'The configuration names no upstreams, or the first second has not come yet.',
  );
  let order = 0;
  let chosen;
  let scrollTo = false;
  let last;
  const choice = el(
    'select',
    {
      className: 'field',
      'aria-label': 'Order',
      on: {
        change: ({ target }) => {
          order = Number(target.value);
          draw();
        },
      },
    },
    ...ORDERS.map(([text], i) => el('option', { value: String(i), text })),
  );
  function draw() {
    const upstreams = last.figures.upstreams.toSorted(ORDERS[order][1]);
    none.hidden = upstreams.length > 0;
    const scaleMs = Math.max(...upstreams.map(({ p95 }) => p95 ?? 0), 10) * ROOM;
    const slowestMs = Math.max(...upstreams.map(({ p50 }) => p50 ?? 0), 0);
    reconcile(
      list,
      upstreams,
      ({ upstream }) => upstream,
      makeCard,
      (card, one) => tellCard(card, one, { scaleMs, slowestMs, chosen }),
    );
    if (scrollTo) list.querySelector('.chosen')?.scrollIntoView({ block: 'nearest' });
    scrollTo = false;
  }
  return {
    element: el(
      'div',
      { className: 'stack' },
      el(
        'div',
        { className: 'toolbar' },
        choice,
        el(
          'ul',
          { className: 'strip-keys hint', 'aria-label': 'What the strips show' },
          ...[
            ['span', 'half of the calls (p50)'],
            ['base', 'to p95'],
            ['mark', 'p99'],
          ].map(([name, text]) => el('li', {}, el('i', { className: name }), text)),
          el('li', { text: 'all on one scale' }),
        ),
      ),
      none,
      list,
    ),
    show({ upstream }) {
      chosen = upstream;
      scrollTo = upstream !== undefined;
    },
    update(now) {
      last = now;
      draw();
    },
  };
}
