/**
 * What this process keeps of upstreams and BFFs and changes together with all others that share its state: caches and what
 * purges them, decisions on splits, hints of breakers.
 */
import type { KeptParts } from '../bff/screen/kept-parts.ts';
import type { LastGood } from '../bff/screen/last-good.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { openLogs } from '../state/logs.ts';
import { openBinaryStore, type StateConfig } from '../state/state.ts';
import type { Channels, StateStore } from '../state/store.ts';
import { BreakerHints } from '../upstream/breaker/breaker-hints.ts';
import { CacheRegistry } from '../upstream/cache/registry.ts';
import { SplitRegistry } from '../upstream/split/registry.ts';
import { SharedSplits } from '../upstream/split/shared-splits.ts';
import { CachePurges } from './cache-purges.ts';

export interface SharingOptions {
  readonly state: StateConfig;
  readonly store: StateStore;
  readonly channels: Channels;
  readonly keptParts: KeptParts;
  readonly lastGood: LastGood;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export interface Sharing {
  readonly caches: CacheRegistry;
  readonly purges: CachePurges;
  readonly splits: SplitRegistry;
  /** `undefined` where this process shares nothing. */
  readonly hints: BreakerHints | undefined;
  /** Before the store and the channels are closed. */
  close(): Promise<void>;
}

export function openSharing(options: SharingOptions): Sharing {
  const { state, store, channels, keptParts, lastGood, clock, logger, meter } = options;
  const common = { clock, logger, meter };
  const openRedis = openBinaryStore(state, { clock, logger });
  const logs = openLogs(state, { store, clock, logger });
  const caches = new CacheRegistry({
    clock,
    meter,
    ...(openRedis ? { openRedis } : {}),
    ...(logs ? { onInvalidated: (upstream, uri) => purges.invalidated(upstream, uri) } : {}),
  });
  const purges = new CachePurges({ ...common, caches, keptParts, lastGood, logs, channels });
  const shared = logs && new SharedSplits({ logs, channels, clock, logger });
  const hints = logs && new BreakerHints({ channels, clock, meter });
  return {
    caches,
    purges,
    splits: new SplitRegistry({ ...common, shared }),
    hints,
    async close() {
      await caches.close();
      purges.close();
      shared?.close();
      hints?.close();
      await logs?.close();
    },
  };
}
