/** Positions under spans of their own, for whoever works for a request that is being traced. */
import type { CallContext } from './exchange.ts';
import type { Timeline } from './timeline.ts';
import type { TraceContext } from './trace.ts';

/** A position under a new span of the same trace, or the same position where nobody takes anything down. */
export function spanUnder(trace: TraceContext, timeline: Timeline): TraceContext {
  const { recorder } = timeline;
  if (!recorder) return trace;
  const { traceId, sampled, state } = trace;
  return { traceId, spanId: recorder.spanId(), sampled, state };
}

/** The same context under a new span, where there is a recorder; otherwise itself. */
export function contextUnder(context: CallContext): CallContext {
  if (!context.timeline.recorder) return context;
  const { id, client, host, identity, deadline, cancellation, timeline, priority } = context;
  const trace = spanUnder(context.trace, timeline);
  return { id, client, host, identity, deadline, cancellation, timeline, trace, priority };
}
