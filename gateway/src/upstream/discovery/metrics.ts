import type { Instrument, Meter } from '../../core/meter.ts';

/** By source: `dns users.internal`. */
export interface DiscoveryMetrics {
  readonly updates: Instrument;
  readonly failures: Instrument;
  readonly endpoints: Instrument;
  readonly refused: Instrument;
  readonly age: Instrument;
}

export function discoveryMetrics(meter: Meter): DiscoveryMetrics {
  const labels = ['source'];
  return {
    updates: meter.counter({
      name: 'frontdesk_discovery_updates_total',
      help: 'Times that the endpoints of a source changed',
      labels,
    }),
    failures: meter.counter({
      name: 'frontdesk_discovery_failures_total',
      help: 'Times that a source could not be followed, or said what cannot be used',
      labels,
    }),
    endpoints: meter.gauge({
      name: 'frontdesk_discovery_endpoints',
      across: 'min',
      help: 'Endpoints that a source has now, kept ones included',
      labels,
    }),
    refused: meter.gauge({
      name: 'frontdesk_discovery_refused_endpoints',
      across: 'max',
      help: 'Endpoints of the last answer that may not or cannot be called',
      labels,
    }),
    age: meter.gauge({
      name: 'frontdesk_discovery_age_seconds',
      across: 'max',
      help: 'For how long a source has confirmed nothing: 0 while it can be followed',
      labels,
    }),
  };
}
