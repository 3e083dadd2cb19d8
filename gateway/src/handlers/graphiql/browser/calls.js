/** The calls to the subgraphs as a waterfall: a table for whoever reads it aloud, with bars for whoever looks. */
import { element as h } from './libraries.js';
import { countOf, formatBytes, formatMs, ticks, waterfall } from './measures.js';

/** @param {{ account: import('./account.js').Account }} props */
export function Calls({ account }) {
  const { timeline, arrivals, isStream, isOver } = account;
  if (timeline) return h(Waterfall, { timeline });
  if (!isOver && arrivals.length === 0) return h('p', { className: 'fd-note' }, 'Waiting for the answer …');
  if (isStream || !isOver) return h(Arrivals, { arrivals });
  return h(
    'p',
    { className: 'fd-note' },
    'The gateway did not tell its calls: the operation was refused, or ',
    h('code', null, 'graph.extensions.timeline'),
    ' is off.',
  );
}

/** @param {{ timeline: import('./account.js').Timeline }} props */
function Waterfall({ timeline }) {
  const rows = waterfall(timeline);
  const last = rows.reduce((end, row) => Math.max(end, row.startMs + row.durationMs), timeline.totalMs);
  return h(
    'table',
    { className: 'fd-waterfall' },
    h(
      'caption',
      { className: 'fd-unseen' },
      `${countOf(timeline.calls.length, 'upstream call')} in ${formatMs(timeline.totalMs)}`,
    ),
    h(
      'thead',
      null,
      h(
        'tr',
        null,
        ...['Subgraph', 'Status', 'Size', 'Start', 'Duration'].map((text, i) =>
          h('th', { key: text, scope: 'col', className: i > 1 ? 'fd-number' : '' }, text),
        ),
        h('td', { className: 'fd-track fd-scale', 'aria-hidden': true }, h(Scale, { totalMs: last })),
      ),
    ),
    h(
      'tbody',
      null,
      rows.map((row) => h(CallRow, { key: row.key, row })),
    ),
  );
}

/** @param {{ totalMs: number }} props */
function Scale({ totalMs }) {
  return h(
    'div',
    { className: 'fd-lane' },
    ticks(totalMs).map(({ ms, left }) =>
      h('span', { key: ms, className: left > 94 ? 'fd-last' : '', style: { left: `${left}%` } }, ms),
    ),
  );
}

/** @param {{ row: import('./measures.js').Row }} props */
function CallRow({ row }) {
  const { name, isPhase, hue, status, isFailed, notes, bytes, startMs, durationMs, left, wait, receive } =
    row;
  return h(
    'tr',
    { className: `${isPhase ? 'fd-phase' : `fd-hue-${hue}`}${isFailed ? ' fd-failed' : ''}` },
    h(
      'th',
      { scope: 'row' },
      h('span', { className: 'fd-dot', 'aria-hidden': true }),
      name,
      notes && h('span', { className: 'fd-badge' }, notes),
    ),
    h('td', { className: 'fd-status' }, status),
    h('td', { className: 'fd-number' }, formatBytes(bytes)),
    h('td', { className: 'fd-number' }, formatMs(startMs)),
    h('td', { className: 'fd-number' }, formatMs(durationMs)),
    h(
      'td',
      { className: 'fd-track', 'aria-hidden': true },
      h(
        'div',
        { className: 'fd-lane' },
        h('span', { className: 'fd-bar fd-wait', style: { left: `${left}%`, width: `${wait}%` } }),
        receive > 0 &&
          h('span', { className: 'fd-bar', style: { left: `${left + wait}%`, width: `${receive}%` } }),
      ),
    ),
  );
}

/** Of an answer in parts nothing is known but when each came. @param {{ arrivals: number[] }} props */
function Arrivals({ arrivals }) {
  const shown = arrivals.slice(-SHOWN_ARRIVALS);
  const first = arrivals.length - shown.length;
  return h(
    'ol',
    { className: 'fd-arrivals', start: first + 1 },
    shown.map((ms, i) => h('li', { key: first + i }, `part ${first + i + 1} after ${formatMs(ms)}`)),
  );
}

const SHOWN_ARRIVALS = 50;
