/** Draws one request: the table of its parts and calls, with their bars. Texts go in as texts, never as markup. */

const TICKS = 4;

export function timeText(ms) {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 100 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

export function element(name, { text, className, ...attributes } = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** The span of time that the bars stand for: to the deadline only where that is near. */
function spanOf({ totalMs, deadlineMs }) {
  const near = deadlineMs !== undefined && deadlineMs <= totalMs * 1.5;
  return Math.max(totalMs, near ? deadlineMs : 0, 0.1);
}

function piece(className, { startMs, endMs }, span) {
  const made = element('i', { className });
  made.style.left = `${(startMs / span) * 100}%`;
  made.style.width = `${((endMs - startMs) / span) * 100}%`;
  return made;
}

function barOf(row, span, deadlineMs) {
  const bar = element('div', { className: 'bar', 'aria-hidden': 'true' });
  bar.append(piece('run', row, span));
  if (row.kind === 'part') for (const wait of row.waits) bar.append(piece('wait', wait, span));
  for (const critical of row.critical) bar.append(piece('critical', critical, span));
  if (deadlineMs !== undefined && deadlineMs <= span) {
    bar.append(piece('limit', { startMs: deadlineMs, endMs: deadlineMs }, span));
  }
  return bar;
}

function rowOf(row, span, deadlineMs) {
  const made = element('tr', { className: `kind-${row.kind} depth-${row.depth} ${row.state}` });
  const name = element('td');
  name.append(element('span', { className: 'name', text: row.name }));
  if (row.notes.length > 0) name.append(element('span', { className: 'note', text: row.notes.join(' · ') }));
  const bar = element('td');
  bar.append(barOf(row, span, deadlineMs));
  made.append(
    name,
    bar,
    element('td', { text: timeText(row.endMs - row.startMs) }),
    element('td', { className: `is-${row.state}`, text: row.outcome }),
  );
  made.title = `${row.name}: ${timeText(row.startMs)} to ${timeText(row.endMs)}`;
  return made;
}

export function factsOf({ status, code, totalMs, deadlineMs, id }) {
  const facts = [
    status === undefined ? 'the client went' : code === undefined ? `${status}` : `${status} ${code}`,
  ];
  facts.push(
    deadlineMs === undefined ? timeText(totalMs) : `${timeText(totalMs)} of ${timeText(deadlineMs)} allowed`,
  );
  facts.push(id);
  return facts.join(' · ');
}

/** Fills the article for a request. */
export function show(waterfall, places) {
  const span = spanOf(waterfall);
  places.title.textContent = `${waterfall.method} ${waterfall.route}`;
  places.facts.textContent = factsOf(waterfall);
  places.rows.replaceChildren(...waterfall.rows.map((row) => rowOf(row, span, waterfall.deadlineMs)));
  const marks = Array.from({ length: TICKS }, (_, i) => (span * i) / TICKS);
  places.scale.replaceChildren(
    ...marks.map((ms) => {
      const mark = element('span', { text: timeText(ms) });
      mark.style.left = `${(ms / span) * 100}%`;
      return mark;
    }),
  );
  places.path.replaceChildren(
    ...(waterfall.path.length > 0
      ? ['Critical path: ', element('b', { text: waterfall.path.join(' → ') })]
      : []),
  );
}
