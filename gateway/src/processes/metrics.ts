/** What is told of processes that are kept running. */
import type { Instrument, Meter } from '../core/meter.ts';

export interface ProcessMetrics {
  readonly restarts: Instrument;
  readonly hangs: Instrument;
  readonly ready: Instrument;
}

export function processMetrics(meter: Meter): ProcessMetrics {
  const labels = ['process'];
  return {
    restarts: meter.counter({
      name: 'frontdesk_process_restarts_total',
      help: 'Starts of a process because the one before it ended or never became ready',
      labels,
    }),
    hangs: meter.counter({
      name: 'frontdesk_process_hangs_total',
      help: 'Processes that were killed because they no longer answered',
      labels,
    }),
    ready: meter.gauge({
      name: 'frontdesk_process_ready',
      across: 'min',
      help: 'Whether a process that is kept running serves now',
      labels,
    }),
  };
}
