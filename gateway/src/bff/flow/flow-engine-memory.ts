/** An engine for who says nothing of a journal. */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { FlowEngine, type FlowSettings } from './flow-engine.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';
import { flowMeter } from './flow-meter.ts';

const MEMORY_SETTINGS: FlowSettings = {
  lease: 15_000,
  keep: 86_400_000,
  undoFor: 600_000,
  maxOpen: 1000,
  keptPerCaller: 10_000,
};

/** An engine whose runs nothing outlives: for tests, and for mounts that say nothing of a journal. */
export function engineInMemory(
  bff: string,
  { clock, logger, meter }: { readonly clock: Clock; readonly logger: Logger; readonly meter: Meter },
): FlowEngine {
  return new FlowEngine({
    bff,
    journal: new MemoryFlowJournals({ clock }).of(bff),
    settings: MEMORY_SETTINGS,
    clock,
    random: Math.random,
    meter: flowMeter(bff, meter, logger),
  });
}
