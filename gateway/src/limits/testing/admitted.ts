import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { allAllowed } from '../decision.ts';
import type { LimitSpec } from '../limiter.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import type { AnyDraw } from './any-limits.ts';
import type { PlainDraw } from './plain-models.ts';

/** What a limit in memory admits of these draws, all from one key. */
export function runOf(spec: LimitSpec, draws: readonly AnyDraw[]): PlainDraw[] {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter });
  const admitted: PlainDraw[] = [];
  for (const { waitMs, tokens } of draws) {
    clock.advance(waitMs);
    if (allAllowed(limiter.take([{ spec, key: ['k'] }], tokens)))
      admitted.push({ atMs: clock.wall(), tokens });
  }
  return admitted;
}
