/** Puts the limiter together that fits the store: shared limits with a local fallback, or limits in memory. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { isScriptStore, type StateStore } from '../state/store.ts';
import { FallbackLimiter, type Settle } from './fallback-limiter.ts';
import type { LeaseRequest, LeaseSource } from './lease.ts';
import { LeasedLimiter } from './leased-limiter.ts';
import type { Limiter, Mode } from './limiter.ts';
import { LocalShares } from './local-shares.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { isTokenBucket } from './mode.ts';
import { ProcessCount } from './processes.ts';
import { RedisLeases } from './redis-leases.ts';
import { RedisLimiter } from './redis-limiter.ts';
import { type GiveBack, SlotLimiter } from './slot-limiter.ts';

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
  const redis = new RedisLimiter(store);
  const shared = store.sharded ? new SlotLimiter(redis, giveBackBy(source, id)) : redis;
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

/** A call that leases nothing and asks for nothing: the order of such calls is of no matter. */
function idle(id: string): LeaseRequest {
  return {
    holder: `${id}:exact`,
    sequence: 0,
    lost: -1,
    held: 0,
    back: 0,
    owed: 0,
    need: 0,
    waiting: 0,
    ahead: 0,
    shares: 1,
  };
}

/** What was admitted while the store was gone is drawn from it afterwards, as far as its limits are token buckets. */
function settleBy(source: LeaseSource, id: string): Settle {
  return async ({ spec, key }, owed) => {
    if (isTokenBucket(spec)) await source.lease(spec, key, { ...idle(id), owed });
  };
}

/** Windows and logs have no way back: what was drawn of them in vain stays drawn. */
function giveBackBy(source: LeaseSource, id: string): GiveBack {
  return async ({ spec, key }, back) => {
    if (isTokenBucket(spec)) await source.lease(spec, key, { ...idle(id), back });
  };
}
