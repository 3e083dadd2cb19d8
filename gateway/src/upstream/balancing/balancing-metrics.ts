/** What balancing, health and outlier detection decided, as metrics. */
import type { Instrument, Meter } from '../../core/meter.ts';

export interface BalancingMetrics {
  /** (1 or 0; upstream, endpoint). */
  readonly healthy: Instrument;
  /** (1 or 0; upstream, endpoint). */
  readonly ejected: Instrument;
  /** (part of its weight, of 1; upstream, endpoint): set when it is asked for. */
  readonly warmth: Instrument;
  /** (1, upstream, reason). */
  readonly ejections: Instrument;
  /** (1, upstream, `zone` or `priority`). */
  readonly failovers: Instrument;
  /** (1, upstream). */
  readonly panics: Instrument;
  /** (1, upstream, `success` or `failure`). */
  readonly probes: Instrument;
  /** (0 closed, 1 open, 0.5 half-open; upstream, endpoint, template). */
  readonly templateBreakerState: Instrument;
}

export function balancingMetrics(meter: Meter): BalancingMetrics {
  const endpointLabels = ['upstream', 'endpoint'];
  return {
    healthy: meter.gauge({
      name: 'frontdesk_upstream_endpoint_healthy',
      across: 'min',
      help: 'Whether an endpoint is neither ejected nor found ill by probes: 1 or 0',
      labels: endpointLabels,
    }),
    ejected: meter.gauge({
      name: 'frontdesk_upstream_endpoint_ejected',
      across: 'max',
      help: 'Whether outlier detection keeps calls away from an endpoint: 1 or 0',
      labels: endpointLabels,
    }),
    warmth: meter.gauge({
      name: 'frontdesk_upstream_endpoint_warmth',
      across: 'average',
      help: 'The part of its weight that an endpoint has in slow start; 1 when it is over',
      labels: endpointLabels,
    }),
    ejections: meter.counter({
      name: 'frontdesk_upstream_ejections_total',
      help: 'Endpoints ejected, by reason: consecutive_5xx, consecutive_gateway_failure, success_rate, failure_percentage',
      labels: ['upstream', 'reason'],
    }),
    failovers: meter.counter({
      name: 'frontdesk_upstream_failovers_total',
      help: 'Calls that went beyond the first choice: to another zone, or to a lower priority',
      labels: ['upstream', 'to'],
    }),
    panics: meter.counter({
      name: 'frontdesk_upstream_panic_calls_total',
      help: 'Calls for which health was ignored because too few endpoints are healthy',
      labels: ['upstream'],
    }),
    probes: meter.counter({
      name: 'frontdesk_upstream_probes_total',
      help: 'Active health checks by outcome: success, failure',
      labels: ['upstream', 'outcome'],
    }),
    templateBreakerState: meter.gauge({
      name: 'frontdesk_upstream_template_breaker_state',
      across: 'max',
      help: 'Circuit breaker of a route template at an endpoint: 0 closed, 0.5 half-open, 1 open',
      labels: [...endpointLabels, 'template'],
    }),
  };
}
