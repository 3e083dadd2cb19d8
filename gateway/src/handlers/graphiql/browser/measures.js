/** The arithmetic of the waterfall: where bars stand, and how times and sizes are written. */

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} name
 * @property {boolean} isPhase ours, rather than a subgraph's
 * @property {number} hue which of the colours
 * @property {string} status
 * @property {boolean} isFailed
 * @property {string} notes
 * @property {number | undefined} bytes
 * @property {number} startMs
 * @property {number} durationMs
 * @property {number} left per cent of the whole width
 * @property {number} wait per cent until the reply's head came
 * @property {number} receive per cent from there to its last byte
 */

export const HUES = 8;

/**
 * The rows of a timeline in the order of their beginning: what the gateway does itself before it asks, then each call.
 *
 * @param {import('./account.js').Timeline} timeline
 * @returns {Row[]}
 */
export function waterfall({ totalMs, phases, calls }) {
  const last = calls.reduce((end, call) => Math.max(end, call.endMs ?? 0), totalMs);
  const whole = Math.max(last, 0.01);
  const percent = (/** @type {number} */ ms) => Math.min(100, Math.max(0, (ms / whole) * 100));
  const names = [...new Set(calls.map(({ subgraph }) => subgraph))].sort();
  const own = phases
    .filter(({ name }) => name !== 'execute')
    .map(({ name, startMs, endMs }) => ({
      key: name,
      name,
      isPhase: true,
      hue: 0,
      status: '',
      isFailed: false,
      notes: '',
      bytes: undefined,
      startMs,
      durationMs: endMs - startMs,
      left: percent(startMs),
      wait: percent(endMs - startMs),
      receive: 0,
    }));
  const asked = [...calls]
    .sort((a, b) => a.startMs - b.startMs)
    .map((call, i) => {
      const endMs = call.endMs ?? whole;
      const headMs = call.headMs ?? endMs;
      return {
        key: `call ${i}`,
        name: call.subgraph,
        isPhase: false,
        hue: names.indexOf(call.subgraph) % HUES,
        status: statusOf(call),
        isFailed: !['ok', 'shared', null].includes(call.outcome),
        notes: notesOf(call),
        bytes: call.bytes,
        startMs: call.startMs,
        durationMs: endMs - call.startMs,
        left: percent(call.startMs),
        wait: percent(headMs - call.startMs),
        receive: percent(endMs - headMs),
      };
    });
  return [...own, ...asked];
}

/** @param {import('./account.js').Call} call */
function statusOf({ status, outcome }) {
  const isPlain = outcome === 'ok' || outcome === 'shared' || outcome === 'status';
  if (status !== null) return isPlain || outcome === null ? String(status) : `${status} ${worded(outcome)}`;
  return outcome === null ? 'running' : worded(outcome);
}

/** @param {string} code */
function worded(code) {
  return code.replaceAll('_', ' ');
}

/** @param {import('./account.js').Call} call */
function notesOf({ attempt, shared }) {
  return [attempt > 1 ? `attempt ${attempt}` : '', shared ? 'shared' : ''].filter(Boolean).join(', ');
}

/**
 * Marks on the time axis, from 0, at round numbers: at most six.
 *
 * @param {number} totalMs
 * @returns {{ ms: number, left: number }[]}
 */
export function ticks(totalMs) {
  if (!(totalMs > 0)) return [{ ms: 0, left: 0 }];
  const rough = totalMs / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough) ?? rough;
  const marks = [];
  for (let i = 0; i * step <= totalMs * 1.000_001; i += 1) {
    marks.push({ ms: Number((i * step).toPrecision(6)), left: ((i * step) / totalMs) * 100 });
  }
  return marks;
}

/** @param {number} ms */
export function formatMs(ms) {
  if (ms >= 9_995) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms >= 99.95 ? ms.toFixed(0) : ms >= 9.995 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}

/** @param {number | undefined} bytes */
export function formatBytes(bytes) {
  if (bytes === undefined) return '';
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** @param {number} count @param {string} what */
export function countOf(count, what) {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
