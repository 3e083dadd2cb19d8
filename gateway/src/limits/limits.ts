/** Puts the limiter together that fits the store: shared limits with a local fallback, or limits in memory. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { hasPrimaryCalls, isScriptStore, type StateStore } from '../state/store.ts';
import type { StoreLabel } from './decision-meter.ts';
import { FallbackLimiter, type Settle } from './fallback-limiter.ts';
import type { LeaseRequest, LeaseSource } from './lease.ts';
import { LeasedLimiter } from './leased-limiter.ts';
import type { Limiter, Mode } from './limiter.ts';
import { LocalShares } from './local-shares.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { isTokenBucket } from './mode.ts';
import { PrimaryLeases, PrimaryLimiter } from './primary-limits.ts';
import { ProcessCount } from './processes.ts';
import type { QuotaJournal } from './quota-journal.ts';
import { RedisLeases } from './redis-leases.ts';
import { RedisLimiter } from './redis-limiter.ts';
import { type GiveBack, SlotLimiter } from './slot-limiter.ts';

export interface LimitsOptions {
  readonly store: StateStore;
  /** Worker processes of this node. */
  readonly workers: number;
  /** Of limits that do not say; leased by default. */
  readonly mode?: Mode;
  /** Where limits in memory keep quotas over restarts. Default: nowhere. */
  readonly journal?: QuotaJournal | undefined;
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
  const common = { clock, logger, meter };
  const id = randomUUID();
  if (isScriptStore(store)) {
    const processes = new ProcessCount({ store, clock, id, workers });
    void store.settled().then(() => processes.beat());
    const source = new RedisLeases(store);
    const redis = new RedisLimiter(store);
    const shared = store.sharded ? new SlotLimiter(redis, giveBackBy(source, id)) : redis;
    const parts = { source, shared, store: 'redis', settle: settleBy(source, id) } as const;
    return sharedLimits({ ...common, ...parts, id, mode, processes: () => processes.value }, () =>
      processes.stop(),
    );
  }
  if (hasPrimaryCalls(store)) {
    const parts = {
      source: new PrimaryLeases(store),
      shared: new PrimaryLimiter(store),
      store: 'primary',
    } as const;
    return sharedLimits({ ...common, ...parts, id, mode, processes: () => workers }, async () => {});
  }
  const { journal } = options;
  return {
    limiter: new MemoryLimiter({ clock, meter, shares: workers, journal }),
    close: async () => journal?.close(),
  };
}

interface SharedOptions extends Pick<LimitsOptions, 'clock' | 'logger' | 'meter'> {
  readonly source: LeaseSource;
  readonly shared: Limiter;
  readonly store: StoreLabel;
  readonly settle?: Settle;
  readonly id: string;
  readonly mode: Mode;
  readonly processes: () => number;
}

/** Leases and exact draws over one shared store, and what decides while that is gone. */
function sharedLimits(options: SharedOptions, leave: () => Promise<void>): Limits {
  const local = new LocalShares(options);
  const exact = new FallbackLimiter({ ...options, local });
  const limiter = new LeasedLimiter({ ...options, exact, local, holder: options.id });
  return {
    limiter,
    async close() {
      await limiter.close();
      await leave();
    },
  };
}

/** A call that leases nothing and asks for nothing: the order of such calls is of no matter. */
function idle(id: string, known: number): LeaseRequest {
  return {
    holder: `${id}:exact`,
    sequence: 0,
    lost: -1,
    known,
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
    if (isTokenBucket(spec)) await source.lease(spec, key, { ...idle(id, spec.capacity), owed });
  };
}

/** Windows and logs have no way back: what was drawn of them in vain stays drawn. */
function giveBackBy(source: LeaseSource, id: string): GiveBack {
  return async ({ spec, key }, back) => {
    if (isTokenBucket(spec)) await source.lease(spec, key, { ...idle(id, spec.capacity), back });
  };
}
