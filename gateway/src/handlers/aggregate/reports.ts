/** What operators hear of aggregates: how long parts take and how they end, what stood in, and members given twice. */
import type { PartReport } from '../../bff/screen/engine.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';

const PART_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Of one route's collisions that are told in the log: each once. */
const MAX_LOGGED = 32;

export interface AggregateReports {
  part(report: PartReport): void;
  standIn(part: string, kind: 'lastGood' | 'constant'): void;
  collision(part: string, member: string): void;
}

export function aggregateReports(route: string, logger: Logger, meter: Meter): AggregateReports {
  const seconds = meter.histogram({
    name: 'frontdesk_aggregate_part_seconds',
    help: 'Time of the parts of aggregates',
    labels: ['route', 'part', 'outcome'],
    buckets: PART_SECONDS,
  });
  const standIns = meter.counter({
    name: 'frontdesk_aggregate_fallbacks_total',
    help: 'Failed parts of aggregates for which something stood in',
    labels: ['route', 'part', 'kind'],
  });
  const collisions = meter.counter({
    name: 'frontdesk_aggregate_collisions_total',
    help: 'Members of aggregates that an earlier part had given already',
    labels: ['route', 'part'],
  });
  const logged = new Set<string>();
  return {
    part({ part, outcome, durationMs, failure }) {
      seconds(durationMs / 1000, route, part, outcome);
      if (!failure) return;
      const { code, detail } = failure;
      logger.warn({ route, part, code, detail, durationMs }, 'a part failed');
    },
    standIn: (part, kind) => standIns(1, route, part, kind),
    collision(part, member) {
      collisions(1, route, part);
      const key = `${part} ${member}`;
      if (logged.size >= MAX_LOGGED || logged.has(key)) return;
      logged.add(key);
      logger.warn(
        { route, part, member },
        'a member of an aggregate is given twice: the earlier part stands',
      );
    },
  };
}
