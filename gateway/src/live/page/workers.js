/** The processes that serve: which configuration, how busy, how late, how large. */
import {
  bytesText,
  card,
  chip,
  el,
  empty,
  reconcile,
  setText,
  shareText,
  spanText,
  timeText,
} from './dom.js';

const TITLES = [
  'Process',
  'State',
  'Configuration',
  'Up',
  'In flight',
  'Connections',
  'Busy',
  'Loop delay',
  'Heap',
  'Memory',
];
const BUSY = 0.8;
const LATE_MS = 50;

function makeRow() {
  const cells = TITLES.map(() => el('td'));
  cells[1].append(chip('', 'quiet'));
  cells[6].append(el('span', { className: 'value' }), el('span', { className: 'track' }, el('i')));
  return el('tr', {}, ...cells);
}

function tell(row, one) {
  const ready = one.notReady.length === 0;
  const texts = [
    `${one.process} (${one.pid})`,
    undefined,
    [
      one.version === undefined ? undefined : `version ${one.version}`,
      one.digest?.slice(0, 8),
      one.generations > 1 ? `${one.generations} in memory` : undefined,
    ]
      .filter(Boolean)
      .join(' · ') || '–',
    spanText(one.upS),
    String(one.inFlight),
    String(one.connections),
    undefined,
    timeText(one.loopDelayMs),
    bytesText(one.heapBytes),
    bytesText(one.rssBytes),
  ];
  for (const [i, text] of texts.entries()) if (text !== undefined) setText(row.cells[i], text);
  setText(row.cells[1].firstChild, ready ? 'ready' : 'not ready');
  row.cells[1].firstChild.className = `chip ${ready ? 'good' : 'bad'}`;
  row.cells[1].title = one.notReady.join('; ');
  setText(row.cells[6].querySelector('.value'), shareText(one.busy));
  const bar = row.cells[6].querySelector('i');
  bar.style.width = `${Math.round(one.busy * 100)}%`;
  bar.className = one.busy >= BUSY ? 'warn' : '';
  row.cells[7].className = one.loopDelayMs >= LATE_MS ? 'is-warn' : '';
}

export function workers() {
  const body = el('tbody');
  const table = el(
    'table',
    { className: 'numbers' },
    el('thead', {}, el('tr', {}, ...TITLES.map((text) => el('th', { scope: 'col', text })))),
    body,
  );
  const none = empty('Nothing was told yet', 'Each process tells of itself once a second.');
  return {
    element: card(
      'Processes',
      el('p', {
        className: 'hint',
        text: 'Busy: the share of the last second in which the event loop worked. Loop delay: how late it was at worst.',
      }),
      none,
      el('div', { className: 'scroll' }, table),
    ),
    update({ figures: { processes } }) {
      none.hidden = processes.length > 0;
      table.hidden = processes.length === 0;
      reconcile(body, processes, ({ process, pid }) => `${process} ${pid}`, makeRow, tell);
    },
  };
}
