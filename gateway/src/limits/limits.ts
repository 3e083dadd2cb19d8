/** Puts the limiter together that fits the store: shared limits with a local fallback, or limits in memory. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { hasPrimaryCalls, isScriptStore, type StateStore } from '../state/store.ts';
import { type GiveBack, SlotLimiter } from './algorithms/slot-limiter.ts';
import type { StoreLabel } from './decision-meter.ts';
import { FallbackLimiter } from './fallback-limiter.ts';
import type { LeaseRequest, LeaseSource } from './leases/lease.ts';
import { LeasedLimiter } from './leases/leased-limiter.ts';
import { LocalShares } from './leases/local-shares.ts';
import { RedisLeases } from './leases/redis-leases.ts';
import type { Settle } from './leases/settlement.ts';
import type { Limiter, LimitSpec, Mode } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { isTokenBucket } from './plans/mode.ts';
import { PrimaryLeases, PrimaryLimiter } from './primary-limits.ts';
import { ProcessCount } from './processes.ts';
import type { QuotaJournal } from './quota-journal.ts';
import { RedisLimiter } from './redis-limiter.ts';

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
    const parts = { source, shared, store: 'redis' } as const;
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
  readonly id: string;
  readonly mode: Mode;
  readonly processes: () => number;
}

/** Leases and exact draws over one shared store, and what decides while that is gone. */
function sharedLimits(options: SharedOptions, leave: () => Promise<void>): Limits {
  const local = new LocalShares({ ...options, settle: settleBy(options.source, options.shared, options.id) });
  const exact = new FallbackLimiter({ ...options, local });
  const limiter = new LeasedLimiter({ ...options, exact, local, holder: options.id });
  return {
    limiter,
    async close() {
      await limiter.close();
      await local.close();
      await leave();
    },
  };
}

/** A call that leases nothing and asks for nothing. */
function idle(holder: string, { capacity }: LimitSpec): LeaseRequest {
  return {
    holder,
    sequence: 0,
    lost: -1,
    known: capacity,
    most: capacity,
    held: 0,
    back: 0,
    owed: 0,
    need: 0,
    waiting: 0,
    ahead: 0,
    shares: 1,
  };
}

/**
 * What was admitted while the store was gone is drawn from it afterwards: of a token bucket even where it is not there,
 * of other limits as much as is.
 */
export function settleBy(source: LeaseSource, shared: Limiter, id: string): Settle {
  return async (check, { owed, known, most, sequence, lost }) => {
    const { spec, key } = check;
    if (isTokenBucket(spec)) {
      const request = { ...idle(`${id}:debts`, spec), owed, known, most, sequence, lost };
      return (await source.lease(spec, key, request)).level;
    }
    const [drawn] = await shared.take([check], Math.min(owed, spec.capacity));
    if (!drawn || drawn.allowed) return drawn?.remaining ?? 0;
    const [rest] = await shared.take([check], drawn.remaining);
    return rest?.remaining ?? 0;
  };
}

/** Windows and logs have no way back: what was drawn of them in vain stays drawn. Their order is of no matter. */
function giveBackBy(source: LeaseSource, id: string): GiveBack {
  return async ({ spec, key }, back) => {
    if (isTokenBucket(spec)) await source.lease(spec, key, { ...idle(`${id}:exact`, spec), back });
  };
}
