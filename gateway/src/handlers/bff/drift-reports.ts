/** Tells of backends' drifts: each in the metrics, each place in the log once a minute. A value is never told. */
import type { Drift, TellDrift } from '../../bff/drift.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';

/** How often one place is logged. */
const LOG_EVERY_MS = 60_000;
/** Places that are known to have been logged; there are as many as the schemas have. */
const MAX_PLACES = 1000;

export interface DriftReportsOptions {
  readonly bff: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export function driftReports({ bff, clock, logger, meter }: DriftReportsOptions): TellDrift {
  const drifts = meter.counter({
    name: 'frontdesk_bff_drifts_total',
    help: "Places of backends' answers that were not as a BFF's schema says",
    labels: ['bff', 'upstream', 'place', 'outcome'],
  });
  const logged = new Map<string, number>();
  return (drift: Drift) => {
    const { upstream, endpoint, pointer, outcome } = drift;
    // A metric has four labels at most: what was expected there stands in the log.
    drifts(1, bff, upstream, `${endpoint} ${pointer}`.trim(), outcome);
    const place = `${upstream} ${endpoint} ${pointer} ${outcome}`;
    const now = clock.now();
    const before = logged.get(place);
    if (before !== undefined && now - before < LOG_EVERY_MS) return;
    if (before === undefined && logged.size >= MAX_PLACES) logged.clear();
    logged.set(place, now);
    logger.warn({ bff, ...drift }, "a backend's answer is not as its schema says");
  };
}
