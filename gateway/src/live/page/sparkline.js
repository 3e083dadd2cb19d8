/** A line over the last seconds with the area below it; pointed at, it tells the value and the time of a second. */
import { clockText, el, setText, svg } from './dom.js';

/** A line is drawn over at least so many: the first seconds must not look like hours. */
const LEAST_POINTS = 30;
const WIDTH = 240;
const HEIGHT = 44;
const TOP = 6;

/** Stretches of seconds that have a value: a second without one is a gap, not a zero. */
function stretches(points) {
  const found = [[]];
  for (const [i, { value }] of points.entries()) {
    if (value === undefined) found.push([]);
    else found.at(-1).push([i, value]);
  }
  return found.filter((one) => one.length > 0);
}

/** `textOf`: how a value is told. */
export function sparkline(label, textOf) {
  const area = svg('path', { className: 'area' });
  const line = svg('path', { className: 'line' });
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    area,
    line,
  );
  const cursor = el('i', { className: 'cursor', hidden: true });
  const told = el('span', { className: 'told' });
  let drawn = [];
  let pointed;

  /** What is pointed at, or how high the line is. */
  function tell() {
    const { points, count, most } = drawn;
    if (pointed === undefined || points.length === 0) {
      cursor.hidden = true;
      setText(told, most > 0 ? `max ${textOf(most)}` : '');
      return;
    }
    const from = count - points.length;
    const i = Math.max(0, Math.min(points.length - 1, Math.round(pointed * (count - 1)) - from));
    const { at, value } = points[i];
    cursor.hidden = false;
    cursor.style.left = `${((from + i) / (count - 1)) * 100}%`;
    setText(told, `${clockText(at)} · ${value === undefined ? 'no requests' : textOf(value)}`);
  }

  const element = el(
    'div',
    {
      className: 'spark',
      on: {
        pointermove: (event) => {
          const { left, width } = element.getBoundingClientRect();
          pointed = (event.clientX - left) / Math.max(1, width);
          tell();
        },
        pointerleave: () => {
          pointed = undefined;
          tell();
        },
      },
    },
    picture,
    cursor,
    told,
  );
  return {
    element,
    /** `points`: `{ at, value }` of each second; no value where there was nothing to measure. */
    draw(points) {
      const most = Math.max(0, ...points.map(({ value }) => value ?? 0));
      const count = Math.max(LEAST_POINTS, points.length);
      const step = WIDTH / (count - 1);
      const from = count - points.length;
      const x = (i) => ((from + i) * step).toFixed(1);
      const y = (value) => (HEIGHT - 2 - (value / (most || 1)) * (HEIGHT - TOP)).toFixed(1);
      const lines = stretches(points).map((stretch) => {
        const last = stretch.at(-1)[0];
        // A single second is a short stroke.
        const ends = stretch.length === 1 ? [[last + 0.6, stretch[0][1]]] : [];
        return {
          text: `M${[...stretch, ...ends].map(([i, value]) => `${x(i)} ${y(value)}`).join('L')}`,
          first: x(stretch[0][0]),
          last: x(ends.length > 0 ? last + 0.6 : last),
        };
      });
      line.setAttribute('d', lines.map(({ text }) => text).join(''));
      area.setAttribute(
        'd',
        lines.map(({ text, first, last }) => `${text}L${last} ${HEIGHT}L${first} ${HEIGHT}Z`).join(''),
      );
      drawn = { points, count, most };
      tell();
    },
  };
}
