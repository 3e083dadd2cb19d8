/** Which traces may stand as examples of what was observed. */
import type { TraceContext } from '../core/trace.ts';

/** The id of a trace that may, or an empty text. */
export type TraceOf = (trace: TraceContext) => string;

export const noTrace: TraceOf = () => '';

const everyTrace: TraceOf = (trace) => trace.traceId;
const sampledTrace: TraceOf = (trace) => (trace.sampled ? trace.traceId : '');

/** `sampled` gives those alone that are recorded, and so can be looked up where traces are kept. */
export function traceOf(which: 'all' | 'sampled' | 'off'): TraceOf {
  if (which === 'off') return noTrace;
  return which === 'all' ? everyTrace : sampledTrace;
}
