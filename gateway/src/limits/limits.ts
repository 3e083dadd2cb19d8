/** Puts the limiter together that fits the store: shared limits with a local fallback, or limits in memory. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { isScriptStore, type StateStore } from '../state/store.ts';
import { FallbackLimiter, type Settle } from './fallback-limiter.ts';
import type { LeaseSource } from './lease.ts';
import { LeasedLimiter } from './leased-limiter.ts';
import type { Limiter, Mode } from './limiter.ts';
import { LocalShares } from './local-shares.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { ProcessCount } from './processes.ts';
import { RedisLeases } from './redis-leases.ts';
import { RedisLimiter } from './redis-limiter.ts';

export interface LimitsOptions {
  readonly store: StateStore;
  /** Worker processes of this node. */
  readonly workers: number;
  /** Of limits that do not say; leased by default. */
  readonly mode?: Mode;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export interface Limits {
  readonly limiter: Limiter;
  /** Gives back what is leased and says goodbye to the other processes. Comes before the store's `close`. */
  close(): Promise<void>;
}

/** Made once a process: buckets outlive a configuration. */
export function createLimits(options: LimitsOptions): Limits {
  const { store, workers, clock, logger, meter, mode = 'leased' } = options;
  if (!isScriptStore(store)) {
    return { limiter: new MemoryLimiter({ clock, meter, shares: workers }), close: async () => {} };
  }
  const id = randomUUID();
  const processes = new ProcessCount({ store, clock, id, workers });
  void store.settled().then(() => processes.beat());
  const local = new LocalShares({ processes: () => processes.value, clock, logger, meter });
  const source = new RedisLeases(store);
  const shared = new RedisLimiter(store);
  const exact = new FallbackLimiter({ shared, local, meter, store: 'redis', settle: settleBy(source, id) });
  const limiter = new LeasedLimiter({ source, exact, local, mode, holder: id, clock, meter, store: 'redis' });
  return {
    limiter,
    async close() {
      await limiter.close();
      await processes.stop();
    },
  };
}

/** What was admitted while the store was gone is drawn from it afterwards, as far as its limits are token buckets. */
function settleBy(source: LeaseSource, id: string): Settle {
  // No lease is this holder's, and none is asked for: the order of its calls is of no matter.
  const idle = {
    holder: `${id}:exact`,
    sequence: 0,
    lost: 0,
    held: 0,
    back: 0,
    need: 0,
    waiting: 0,
    ahead: 0,
    shares: 1,
  };
  return async ({ spec, key }, owed) => {
    if (spec.algorithm !== undefined && spec.algorithm !== 'token-bucket') return;
    await source.lease(spec, key, { ...idle, owed });
  };
}
