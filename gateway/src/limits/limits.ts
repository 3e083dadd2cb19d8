/** Puts the limiter together that fits the store: shared buckets with a local fallback, or buckets in memory. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { isScriptStore, type StateStore } from '../state/store.ts';
import { FallbackLimiter } from './fallback-limiter.ts';
import type { Limiter } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { ProcessCount } from './processes.ts';
import { RedisLimiter } from './redis-limiter.ts';

export interface LimitsOptions {
  readonly store: StateStore;
  /** Worker processes of this node. */
  readonly workers: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export interface Limits {
  readonly limiter: Limiter;
  /** Says goodbye to the other processes. Comes before the store's `close`. */
  close(): Promise<void>;
}

/** Made once a process: buckets outlive a configuration. */
export function createLimits(options: LimitsOptions): Limits {
  const { store, workers, clock, logger, meter } = options;
  if (!isScriptStore(store)) {
    return { limiter: new MemoryLimiter({ clock, meter, shares: workers }), close: async () => {} };
  }
  const processes = new ProcessCount({ store, clock, id: randomUUID(), workers });
  void store.settled().then(() => processes.beat());
  const limiter = new FallbackLimiter({
    shared: new RedisLimiter(store),
    processes: () => processes.value,
    clock,
    logger,
    meter,
  });
  return { limiter, close: () => processes.stop() };
}
