/**
 * Where requests are traced: notes what caused an attempt, and names the attempt's own span as the parent in the
 * `traceparent` that its backend gets (W3C Trace Context §3.2), so that what the backend records hangs below the attempt. The
 * tries and hedges of one call are siblings.
 */
import type { OrderedStep } from '../core/placed-steps.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import { formatTraceparent } from '../wire/trace-context.ts';
import type { Policy, UpstreamCall } from './call.ts';

export const attemptSpan: Policy = (call, next) => {
  const { span, context, hedge } = call;
  if (span?.spanId === undefined) return next(call);
  const { trace } = context;
  span.parentId = trace.spanId;
  span.method = call.method;
  // The attempt beside it may not have left yet.
  if (hedge !== undefined) call.headers = call.headers.clone();
  call.headers.set('traceparent', formatTraceparent({ ...trace, spanId: span.spanId }));
  return next(call);
};

type Order = readonly OrderedStep<UpstreamCall, UpstreamReply>[];

/** Each attempt goes through it once, before an endpoint is picked: a refusal has a span too. */
export function withAttemptSpans(order: Order): OrderedStep<UpstreamCall, UpstreamReply>[] {
  const step = { name: 'attemptSpan', step: attemptSpan, isPlugin: false };
  return order.flatMap((one) => (one.name === 'balance' && !one.isPlugin ? [step, one] : [one]));
}
