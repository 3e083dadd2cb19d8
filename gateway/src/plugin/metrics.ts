/** What is measured of plugins. */
import type { Instrument, Meter } from '../core/meter.ts';

/** `stray`: an error of its code for which nobody waited. */
export type FailureReason = 'threw' | 'timed_out' | 'misused' | 'too_large' | 'suspended' | 'stray';

export interface PluginMetrics {
  /** Observes (seconds, plugin): its own time, without what it waited for. */
  readonly duration: Instrument;
  /** Counts (1, plugin, reason). */
  readonly failures: Instrument;
  /** Sets (0 or 1, plugin). */
  readonly suspended: Instrument;
}

export function pluginMetrics(meter: Meter): PluginMetrics {
  return {
    duration: meter.histogram({
      name: 'frontdesk_plugin_duration_seconds',
      help: 'Time that a plugin took for a request, without what it waited for behind it',
      labels: ['plugin'],
      buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    }),
    failures: meter.counter({
      name: 'frontdesk_plugin_failures_total',
      help: 'Failures of a plugin by reason: threw, timed_out, misused, too_large, suspended, stray',
      labels: ['plugin', 'reason'],
    }),
    suspended: meter.gauge({
      name: 'frontdesk_plugin_suspended',
      across: 'max',
      help: 'Whether nobody waits for a plugin now, because it stalled again and again: 0 or 1',
      labels: ['plugin'],
    }),
  };
}
