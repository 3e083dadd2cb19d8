/** What splits decide, as metrics. Names of splits and sides come from the configuration. */
import type { Instrument, Meter } from '../../core/meter.ts';

export interface SplitMetrics {
  /** (1, split, side, how it was chosen, outcome). */
  readonly calls: Instrument;
  /** (share of 1, split, side). */
  readonly share: Instrument;
  /** (1 or 0, split, side). */
  readonly rolledBack: Instrument;
  /** (1, split, side, reason). */
  readonly rollbacks: Instrument;
  /** (1, split, side that failed). */
  readonly fallbacks: Instrument;
}

export function splitMetrics(meter: Meter): SplitMetrics {
  const labels = ['split', 'side'];
  return {
    calls: meter.counter({
      name: 'frontdesk_split_calls_total',
      help: 'Calls by side, by how it was chosen (forced, key, random) and outcome: ok, failed, none (the client left, or the gateway refused)',
      labels: [...labels, 'chosen', 'outcome'],
    }),
    share: meter.gauge({
      name: 'frontdesk_split_share',
      across: 'average',
      help: 'The share of calls that a side has now, of 1',
      labels,
    }),
    rolledBack: meter.gauge({
      name: 'frontdesk_split_rolled_back',
      across: 'max',
      help: 'Whether all calls were taken from a side, until an operator or a configuration says otherwise: 1 or 0',
      labels,
    }),
    rollbacks: meter.counter({
      name: 'frontdesk_split_rollbacks_total',
      help: 'Rollbacks by reason: error_rate, latency, operator',
      labels: [...labels, 'reason'],
    }),
    fallbacks: meter.counter({
      name: 'frontdesk_split_fallbacks_total',
      help: 'Calls that failed on a side and were sent to the first one',
      labels,
    }),
  };
}
