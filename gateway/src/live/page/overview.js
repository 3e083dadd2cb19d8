/** The first view: four figures with their last minutes, what stands out, all routes, and the slowest backends. */
import {
  card,
  chip,
  clockText,
  el,
  empty,
  rateText,
  reconcile,
  setText,
  shareText,
  timeText,
} from './dom.js';
import { addLatencies, attention, newLatencies, quantileMs } from './figures.js';
import { keyOf } from './follow.js';
import { sparkline } from './sparkline.js';

const MOST_POINTS = 120;
const MOST_SLOW = 6;

/** A figure with its last two minutes. `text`: how one of its values is told when it is pointed at. */
function tile(title, text) {
  const value = el('strong', { text: '–' });
  const note = el('span', { className: 'note' });
  const spark = sparkline(`${title} over the last two minutes`, text);
  const element = el(
    'div',
    { className: 'tile' },
    el('h2', { text: title }),
    el('p', {}, value, note),
    spark.element,
  );
  return {
    element,
    tell(state, shown, noteText, points) {
      element.className = `tile ${state}`;
      setText(value, shown);
      setText(note, noteText);
      spark.draw(points);
    },
  };
}

function perSecond({ spanMs, routes }, count) {
  return (routes.reduce((sum, route) => sum + count(route), 0) * 1_000) / Math.max(1, spanMs);
}

function p99Of({ routes }) {
  const all = newLatencies();
  for (const { latencies } of routes) addLatencies(all, latencies);
  return quantileMs(all, 0.99);
}

const COLUMNS = [
  ['route', 'Route', ({ route }) => route],
  ['perSecond', 'Per second', ({ perSecond: rate }) => rateText(rate)],
  ['failed', 'Failing', ({ failed, requests }) => shareText(failed / Math.max(1, requests))],
  ['p50', 'p50', ({ p50 }) => timeText(p50)],
  ['p95', 'p95', ({ p95 }) => timeText(p95)],
  ['p99', 'p99', ({ p99 }) => timeText(p99)],
];

export function overview({ go }) {
  const tiles = [
    tile('Requests per second', rateText),
    tile('Failing', (rate) => `${rateText(rate)} a second`),
    tile('Latency, p99', timeText),
    tile('In flight', String),
  ];
  const notices = el('ul', { className: 'notices' });
  const body = el('tbody');
  let sort = { by: 'perSecond', down: true };
  const heads = COLUMNS.map(([by, title]) =>
    el(
      'th',
      { scope: 'col', 'aria-sort': by === sort.by ? 'descending' : undefined },
      el('button', {
        type: 'button',
        text: title,
        on: {
          click: ({ currentTarget }) => {
            sort = { by, down: sort.by === by ? !sort.down : by !== 'route' };
            for (const head of heads) head.removeAttribute('aria-sort');
            currentTarget.parentElement.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
            draw();
          },
        },
      }),
    ),
  );
  const none = empty('No requests yet', 'As soon as one comes, its route shows here with its latencies.');
  const table = el('table', { className: 'sortable numbers' }, el('thead', {}, el('tr', {}, ...heads)), body);
  const slow = el('ol', { className: 'bars' });
  const noCalls = empty('No calls yet', 'The backends that requests wait for show here, the slowest first.');
  const slowest = el('ol', { className: 'slow-requests' });
  const noneSlow = empty('No requests yet', 'The slowest of them show here, each with what it waited for.');
  let figures;

  function draw() {
    if (!figures) return;
    const measureOf = (route) =>
      sort.by === 'failed' ? route.failed / Math.max(1, route.requests) : (route[sort.by] ?? 0);
    const sorted = figures.routes.toSorted((a, b) => {
      const [one, other] = [measureOf(a), measureOf(b)];
      const order = typeof one === 'string' ? one.localeCompare(other) : one - other;
      return sort.down ? -order : order;
    });
    none.hidden = sorted.length > 0;
    table.hidden = sorted.length === 0;
    reconcile(
      body,
      sorted,
      ({ route, kind }) => `${route} ${kind}`,
      routeRow,
      (row, route) => {
        for (const [i, [, , text]] of COLUMNS.entries()) {
          setText(i === 0 ? row.cells[0].querySelector('button') : row.cells[i], text(route));
        }
        row.cells[2].className = route.failed > 0 ? 'is-bad' : '';
      },
    );
  }

  function routeRow({ route, kind }) {
    const name = el('button', {
      type: 'button',
      className: 'link',
      on: { click: () => go('requests', { route }) },
    });
    return el('tr', {}, el('td', {}, name, chip(kind, 'quiet')), ...COLUMNS.slice(1).map(() => el('td')));
  }

  function drawSlow() {
    const asked = figures.upstreams
      .filter(({ calls }) => calls > 0)
      .sort((a, b) => b.p50 - a.p50)
      .slice(0, 8);
    noCalls.hidden = asked.length > 0;
    const most = Math.max(...asked.map(({ p50 }) => p50), 1);
    reconcile(
      slow,
      asked,
      ({ upstream }) => upstream,
      ({ upstream }) =>
        el(
          'li',
          {},
          el('button', {
            type: 'button',
            className: 'link',
            text: upstream,
            on: { click: () => go('backends', { upstream }) },
          }),
          el('span', { className: 'value' }),
          el('span', { className: 'track' }, el('i')),
        ),
      (item, { p50, p95 }) => {
        setText(item.querySelector('.value'), timeText(p50));
        item.title = `p50 ${timeText(p50)}, p95 ${timeText(p95)}`;
        item.querySelector('i').style.width = `${Math.max(1, (p50 / most) * 100)}%`;
      },
    );
  }

  /** The slowest and the failed of the window, each a way to its waterfall. */
  function drawRequests({ requests, since }) {
    const shown = requests
      .filter(({ at }) => at >= since)
      .sort((a, b) => Number(b.status >= 500) - Number(a.status >= 500) || b.totalMs - a.totalMs)
      .slice(0, MOST_SLOW);
    noneSlow.hidden = shown.length > 0;
    const most = Math.max(...shown.map(({ totalMs }) => totalMs), 1);
    reconcile(
      slowest,
      shown,
      keyOf,
      (request) => {
        const { id, at, method, route, status, totalMs, slowest: backend } = request;
        const state =
          status === undefined ? 'quiet' : status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good';
        const bar = el('span', { className: 'track' }, el('i', { className: status >= 500 ? 'bad' : '' }));
        const button = el(
          'button',
          { type: 'button', on: { click: () => go('requests', { route, id }) } },
          chip(String(status ?? '—'), state),
          el('span', { className: 'what', text: `${method} ${route}` }),
          el('span', { className: 'hint', text: backend ? `mostly ${backend.upstream}` : 'no backend' }),
          el('span', { className: 'hint when', text: clockText(at) }),
          bar,
          el('span', { className: 'value', text: timeText(totalMs) }),
        );
        return el('li', {}, button);
      },
      (item, { totalMs }) => {
        item.querySelector('.track i').style.width = `${Math.max(1, (totalMs / most) * 100)}%`;
      },
    );
  }

  function drawNotices() {
    const found = attention(figures).slice(0, 6);
    const all =
      found.length > 0
        ? found
        : [{ state: 'good', title: 'Nothing stands out', text: 'No backend is cut off, failing or slow.' }];
    reconcile(
      notices,
      all,
      ({ state, title }) => `${state} ${title}`,
      ({ state, title, view, filter }) => {
        const inner = [el('i', { 'aria-hidden': 'true' }), el('strong', { text: title }), el('span')];
        const on = { click: () => go(view, filter) };
        return el(
          'li',
          { className: state },
          view ? el('button', { type: 'button', on }, ...inner) : el('div', {}, ...inner),
        );
      },
      (item, { text }) => setText(item.querySelector('span'), text),
    );
  }

  return {
    element: el(
      'div',
      { className: 'stack' },
      el('div', { className: 'tiles' }, ...tiles.map(({ element }) => element)),
      notices,
      el(
        'div',
        { className: 'wide-narrow' },
        el(
          'div',
          { className: 'stack' },
          card('Routes', none, el('div', { className: 'scroll' }, table)),
          card('Slowest requests', noneSlow, slowest),
        ),
        card(
          'Slowest backends',
          el('p', { className: 'hint', text: 'Half of the calls take longer (p50).' }),
          noCalls,
          slow,
        ),
      ),
    ),
    update(now) {
      figures = now.figures;
      const recent = now.seconds.slice(-MOST_POINTS);
      const { all, processes } = figures;
      const pointsOf = (measure) => recent.map((second) => ({ at: second.at, value: measure(second) }));
      tiles[0].tell(
        '',
        rateText(all.perSecond),
        `${all.requests} in ${Math.round(figures.seconds)} s`,
        pointsOf((second) => perSecond(second, ({ requests }) => requests)),
      );
      tiles[1].tell(
        all.failed > 0 ? 'bad' : 'quiet',
        shareText(all.failed / Math.max(1, all.requests)),
        `${all.failed} failed, ${all.refused} refused`,
        pointsOf((second) => perSecond(second, ({ failed }) => failed)),
      );
      tiles[2].tell(
        '',
        timeText(all.p99),
        all.p50 === undefined ? '–' : `p50 ${timeText(all.p50)} · p95 ${timeText(all.p95)}`,
        pointsOf(p99Of),
      );
      const connections = processes.reduce((sum, one) => sum + one.connections, 0);
      const inFlight = processes.reduce((sum, one) => sum + one.inFlight, 0);
      tiles[3].tell(
        '',
        String(inFlight),
        `${connections} ${connections === 1 ? 'connection' : 'connections'}`,
        pointsOf((second) => second.processes.reduce((sum, one) => sum + one.inFlight, 0)),
      );
      drawRequests(now);
      draw();
      drawSlow();
      drawNotices();
    },
  };
}
