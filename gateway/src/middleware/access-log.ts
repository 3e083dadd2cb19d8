/**
 * The step that sees every request and delays none: it counts the request in, and when the last byte of the
 * answer is through (or the exchange broke) it counts it out and writes its line.
 */
import type { Clock } from '../core/clock.ts';
import type { Exchange, Middleware, Reply } from '../core/exchange.ts';
import type { Outcome } from '../core/settlement.ts';
import { AccessRecord } from '../telemetry/access-log.ts';
import type { LoggedFields } from '../telemetry/access-log-config.ts';
import type { LineSampler } from '../telemetry/line-sampling.ts';
import type { UrlRedactor } from '../telemetry/redaction.ts';
import type { RequestMetrics } from '../telemetry/request-metrics.ts';
import type { LineSink } from '../telemetry/sink.ts';
import type { Tracing } from '../telemetry/traces/tracing.ts';

export interface AccessLogOptions {
  readonly clock: Clock;
  readonly metrics: RequestMetrics;
  /** Where lines go; `undefined` where the access log is off (metrics are still kept). */
  readonly lines: Pick<LineSink, 'writeLater'> | undefined;
  readonly redact: UrlRedactor;
  /** Which requests get a line; `undefined` for all of them. */
  readonly sampler?: LineSampler | undefined;
  /** What lines say beside what all say. */
  readonly fields?: LoggedFields | undefined;
  /** Decides on the request's trace; `undefined` where there are no traces. */
  readonly tracing?: Pick<Tracing, 'end'> | undefined;
}

export function accessLog(options: AccessLogOptions): Middleware {
  const { clock, metrics, lines, redact, tracing } = options;
  const { sampler, fields } = options;
  const write = (
    exchange: Exchange,
    status: number,
    outcome: Outcome,
    durationMs: number,
    reply?: Reply,
  ): void => {
    const share = sampler?.(exchange, status, outcome, durationMs) ?? 1;
    if (share === 0) return;
    const extras = fields || share < 1 ? { share, fields, replyHeaders: reply?.headers } : undefined;
    lines?.writeLater(new AccessRecord(exchange, status, outcome, durationMs, clock.wall(), redact, extras));
  };
  const record = (exchange: Exchange, status: number, outcome: Outcome, reply?: Reply): void => {
    const durationMs = exchange.timeline.elapsedMs();
    // First, so that an exemplar names a trace that is kept.
    tracing?.end(exchange, status, outcome, durationMs);
    metrics.ended(exchange, status, outcome, durationMs);
    if (lines) write(exchange, status, outcome, durationMs, reply);
  };
  return async (exchange, next) => {
    metrics.began();
    let reply: Awaited<ReturnType<typeof next>>;
    try {
      reply = await next(exchange);
    } catch (thrown) {
      // The error boundary stands below this step, so this is a fault of ours; it is seen here all the same.
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      record(exchange, 500, { kind: 'failed', bytes: 0, error });
      throw thrown;
    }
    reply.settlement.whenSettled((outcome) => record(exchange, reply.status, outcome, reply));
    return reply;
  };
}
