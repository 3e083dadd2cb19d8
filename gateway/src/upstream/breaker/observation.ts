/**
 * Writes each attempt into the exchange's timeline and the metrics, whatever became of it: answered, refused by one
 * of our own guards, broken, or cancelled.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { Instrument, Meter } from '../../core/meter.ts';
import type { Outcome } from '../../core/settlement.ts';
import type { Timeline, UpstreamSpan } from '../../core/timeline.ts';
import { noTrace, type TraceOf } from '../../telemetry/exemplars.ts';
import { type BalancingMetrics, balancingMetrics } from '../balancing/balancing-metrics.ts';
import type { Policy, UpstreamCall } from '../call.ts';

export interface UpstreamMetrics {
  /** (1, upstream, outcome). */
  readonly requests: Instrument;
  /** (seconds until the last byte, upstream, trace). */
  readonly duration: Instrument;
  readonly traceOf: TraceOf;
  /** (1, upstream, reason). */
  readonly retries: Instrument;
  /** (1, upstream, `won`, `lost`, `failed` or `over_budget`). */
  readonly hedges: Instrument;
  /** (1, upstream): calls that were answered by an identical one in flight. */
  readonly shared: Instrument;
  /** (1, upstream whose calls are copied, outcome). */
  readonly mirrored: Instrument;
  /** (0 closed, 1 open, 0.5 half-open; upstream, endpoint). */
  readonly breakerState: Instrument;
  /** (calls, upstream, endpoint): set when they are asked for. */
  readonly inFlight: Instrument;
  /** (calls, upstream, endpoint): set when they are asked for. */
  readonly queued: Instrument;
  /** (calls, upstream, endpoint): set when they are asked for, where the limit moves. */
  readonly concurrencyLimit: Instrument;
  readonly balancing: BalancingMetrics;
}

const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function upstreamMetrics(meter: Meter, traceOf: TraceOf = noTrace): UpstreamMetrics {
  const endpointLabels = ['upstream', 'endpoint'];
  return {
    traceOf,
    requests: meter.counter({
      name: 'frontdesk_upstream_requests_total',
      help: 'Attempts by upstream and outcome: ok, status (500 and above), aborted, hedged (another attempt was faster), or an error code',
      labels: ['upstream', 'outcome'],
    }),
    duration: meter.histogram({
      name: 'frontdesk_upstream_request_duration_seconds',
      help: 'Time of an attempt until its last byte or its end',
      labels: ['upstream'],
      buckets: DURATION_BUCKETS,
      exemplars: true,
    }),
    retries: meter.counter({
      name: 'frontdesk_upstream_retries_total',
      help: 'Further attempts by reason: connect, refused, reset, invalid, timeout, status, idle_close',
      labels: ['upstream', 'reason'],
    }),
    hedges: meter.counter({
      name: 'frontdesk_upstream_hedges_total',
      help: 'Calls that were late, by what came of a second attempt: won, lost, failed; over_budget where there was none',
      labels: ['upstream', 'outcome'],
    }),
    shared: meter.counter({
      name: 'frontdesk_upstream_shared_total',
      help: 'Calls that were answered by an identical call in flight',
      labels: ['upstream'],
    }),
    mirrored: meter.counter({
      name: 'frontdesk_mirror_calls_total',
      help: 'Copies for a shadow by outcome: ok, status (500 and above), failed, timeout, dropped (too many under way), too_large',
      labels: ['upstream', 'outcome'],
    }),
    breakerState: meter.gauge({
      name: 'frontdesk_upstream_breaker_state',
      across: 'max',
      help: 'Circuit breaker of an endpoint: 0 closed, 0.5 half-open, 1 open',
      labels: endpointLabels,
    }),
    inFlight: meter.gauge({
      name: 'frontdesk_upstream_in_flight',
      help: 'Calls that an endpoint carries now',
      labels: endpointLabels,
    }),
    queued: meter.gauge({
      name: 'frontdesk_upstream_queued',
      help: 'Calls that wait for a place at an endpoint now',
      labels: endpointLabels,
    }),
    concurrencyLimit: meter.gauge({
      name: 'frontdesk_upstream_concurrency_limit',
      help: 'Calls that an endpoint may carry now, where the limit follows its latency',
      labels: endpointLabels,
    }),
    balancing: balancingMetrics(meter),
  };
}

/** Writes down the end of one attempt. */
export function endAttempt(
  requests: Instrument,
  timeline: Timeline,
  span: UpstreamSpan,
  outcome: string,
): void {
  timeline.end(span, outcome);
  requests(1, span.upstream, outcome);
}

export function observation({ requests, duration, traceOf }: UpstreamMetrics): Policy {
  function end(call: UpstreamCall, span: UpstreamSpan, outcome: string): void {
    endAttempt(requests, call.context.timeline, span, outcome);
    if (call.stream) return;
    const seconds = ((span.endMs ?? span.startMs) - span.startMs) / 1000;
    duration(seconds, span.upstream, traceOf(call.context.trace));
  }
  return (call, next) => {
    const { timeline } = call.context;
    const begun = timeline.begin(call.upstream, call.label, call.attempt);
    call.span = begun;
    return next(call).then(
      (reply) => {
        // Where a second attempt was faster, it is the one that counts.
        const { span = begun } = call;
        span.headMs = timeline.elapsedMs();
        span.status = reply.status;
        // How long a stream was open says nothing of how fast its backend is.
        if (call.stream)
          duration((span.headMs - span.startMs) / 1000, span.upstream, traceOf(call.context.trace));
        reply.settled.then((outcome) => {
          span.bytes = outcome.bytes;
          end(call, span, outcomeOf(reply.status, outcome));
        });
        return reply;
      },
      (error: unknown) => {
        end(call, call.span ?? begun, outcomeOfError(error));
        throw error;
      },
    );
  };
}

function outcomeOf(status: number, outcome: Outcome): string {
  if ((outcome.status ?? status) >= 500) return 'status';
  if (outcome.kind === 'complete') return 'ok';
  return outcome.kind === 'aborted' ? 'aborted' : outcomeOfError(outcome.error);
}

export function outcomeOfError(error: unknown): string {
  if (!(error instanceof FrontdeskError)) return 'internal';
  return error.code === 'client_closed' ? 'aborted' : error.code;
}
