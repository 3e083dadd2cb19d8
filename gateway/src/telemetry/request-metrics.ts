/** The metrics of requests, labelled by route template and plan: closed sets, so that a client cannot grow them. */
import type { Exchange } from '../core/exchange.ts';
import type { Meter } from '../core/meter.ts';
import type { Outcome } from '../core/settlement.ts';
import { noTrace, type TraceOf } from './exemplars.ts';

export interface RequestMetrics {
  began(): void;
  ended(exchange: Exchange, status: number, outcome: Outcome, durationMs: number): void;
}

const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZE_BUCKETS = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Texts of status codes, so that none is made for a request. */
const STATUS_TEXT = Array.from({ length: 600 }, (_, status) => String(status));

export function requestMetrics(meter: Meter, traceOf: TraceOf = noTrace): RequestMetrics {
  const total = meter.counter({
    name: 'frontdesk_requests_total',
    help: 'Requests answered',
    labels: ['route', 'method', 'status', 'plan'],
  });
  const duration = meter.histogram({
    name: 'frontdesk_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer',
    labels: ['route', 'plan'],
    buckets: LATENCY_BUCKETS_S,
    exemplars: true,
  });
  const requestBytes = meter.histogram({
    name: 'frontdesk_request_size_bytes',
    help: 'Bytes of request bodies',
    labels: ['route'],
    buckets: SIZE_BUCKETS,
  });
  const responseBytes = meter.histogram({
    name: 'frontdesk_response_size_bytes',
    help: 'Bytes of response bodies',
    labels: ['route'],
    buckets: SIZE_BUCKETS,
  });
  const broken = meter.counter({
    name: 'frontdesk_requests_broken_total',
    help: 'Answers that did not reach their end, by who broke them off',
    labels: ['route', 'outcome'],
  });
  const inFlight = meter.gauge({
    name: 'frontdesk_requests_in_flight',
    help: 'Requests that are being answered now',
    labels: [],
  });
  let running = 0;
  inFlight(0);
  return {
    began() {
      running += 1;
      inFlight(running);
    },
    ended(exchange, status, outcome, durationMs) {
      running -= 1;
      inFlight(running);
      const route = exchange.route?.template ?? 'unmatched';
      const plan = exchange.identity?.plan ?? 'none';
      const method = METHODS.has(exchange.method) ? exchange.method : 'other';
      total(1, route, method, STATUS_TEXT[status] ?? 'other', plan);
      duration(durationMs / 1_000, route, plan, traceOf(exchange.trace));
      requestBytes(exchange.requestBytes, route);
      responseBytes(outcome.bytes, route);
      if (outcome.kind !== 'complete') broken(1, route, outcome.kind);
    },
  };
}
