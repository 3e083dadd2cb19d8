/** One request as rows of bars, with the critical path, and in words which backend made it as long as it was. */
import { chip, clockText, el, timeText } from './dom.js';
import { blame } from './figures.js';

const TICKS = 4;
const CHIPS = { good: 'good', spared: 'quiet', bad: 'bad', stopped: 'quiet' };

/** The span of time that the bars stand for: to the deadline only where that is near. */
function spanOf({ totalMs, deadlineMs }) {
  const near = deadlineMs !== undefined && deadlineMs <= totalMs * 1.5;
  return Math.max(totalMs, near ? deadlineMs : 0, 0.1);
}

function piece(className, { startMs, endMs }, span) {
  const made = el('i', { className });
  made.style.left = `${(startMs / span) * 100}%`;
  made.style.width = `${((endMs - startMs) / span) * 100}%`;
  return made;
}

function rowOf(row, span, deadlineMs) {
  const bar = el('div', { className: 'bar', 'aria-hidden': 'true' }, piece('run', row, span));
  if (row.kind === 'part') for (const wait of row.waits) bar.append(piece('wait', wait, span));
  for (const critical of row.critical) bar.append(piece('critical', critical, span));
  if (deadlineMs !== undefined && deadlineMs <= span)
    bar.append(piece('limit', { startMs: deadlineMs, endMs: deadlineMs }, span));
  const notes =
    row.notes.length > 0
      ? el('span', { className: 'notes', text: row.notes.join(' · '), title: row.notes.join(' · ') })
      : undefined;
  return el(
    'tr',
    {
      className: `kind-${row.kind} depth-${row.depth} ${row.state}${row.critical.length > 0 ? ' is-critical' : ''}`,
    },
    el('th', { scope: 'row' }, el('span', { className: 'name', text: row.name }), notes),
    el('td', { title: `${timeText(row.startMs)} to ${timeText(row.endMs)}` }, bar),
    el('td', { text: timeText(row.endMs - row.startMs) }),
    el('td', {}, chip(row.outcome, CHIPS[row.state])),
  );
}

/** Parts before calls that belong to none, and each with its own calls below it. */
function ordered([request, ...rows]) {
  const groups = [];
  for (const row of rows) {
    if (row.depth === 1) groups.push([row]);
    else groups.at(-1)?.push(row);
  }
  const isPart = ([{ kind }]) => Number(kind === 'part');
  return [request, ...groups.sort((a, b) => isPart(b) - isPart(a) || a[0].startMs - b[0].startMs).flat()];
}

function verdictOf(shown) {
  const [first, ...others] = blame(shown);
  if (!first || shown.totalMs < 1) return undefined;
  const verdict = el(
    'p',
    { className: 'verdict' },
    'Waited ',
    el('b', { text: timeText(first.ms) }),
    ` of ${timeText(shown.totalMs)} for `,
    el('b', { className: 'culprit', text: first.upstream }),
    ` (${Math.round(first.share * 100)} %)`,
  );
  const rest = others.slice(0, 3).map(({ upstream, ms }) => `${upstream} ${timeText(ms)}`);
  if (rest.length > 0) verdict.append(`, then ${rest.join(', ')}`);
  return verdict;
}

function legend() {
  const entries = [
    ['critical', 'critical path: shorten it and the answer comes sooner'],
    ['run', 'under way'],
    ['wait', 'waits for another part'],
  ];
  return el(
    'ul',
    { className: 'legend' },
    ...entries.map(([name, text]) => el('li', {}, el('i', { className: name }), text)),
  );
}

/** The article for a request. */
export function waterfallOf(shown) {
  const span = spanOf(shown);
  const { status, code, totalMs, deadlineMs, id, at } = shown;
  const state = status === undefined ? 'quiet' : status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good';
  const facts = [
    clockText(at),
    deadlineMs === undefined ? timeText(totalMs) : `${timeText(totalMs)} of ${timeText(deadlineMs)} allowed`,
    `id ${id}`,
  ];
  const marks = Array.from({ length: TICKS }, (_, i) => {
    const mark = el('span', { text: timeText((span * i) / TICKS) });
    mark.style.left = `${(i / TICKS) * 100}%`;
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
    ),
    el('p', { className: 'facts', text: facts.join(' · ') }),
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
        el('tbody', {}, ...ordered(shown.rows).map((row) => rowOf(row, span, deadlineMs))),
      ),
    ),
    path,
    legend(),
  );
}
