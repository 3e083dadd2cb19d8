/** Opens logs where the state is: in the primary process of a node, or in Redis. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { PrimaryLog } from './primary-log.ts';
import { RedisLog } from './redis-log.ts';
import type { LogLimits, SharedLog } from './shared-log.ts';
import { openScriptStore, type StateConfig } from './state.ts';
import { hasPrimaryCalls, type StateStore } from './store.ts';

/** Logs of what processes share. */
export interface SharedLogs {
  open(name: string, limits: LogLimits): SharedLog;
  close(): Promise<void>;
}

/** `undefined` where this process shares its state with nobody. Nothing is connected to until a log is first used. */
export function openLogs(
  config: StateConfig,
  { store, clock, logger }: { readonly store: StateStore; readonly clock: Clock; readonly logger: Logger },
): SharedLogs | undefined {
  if (hasPrimaryCalls(store)) {
    return { open: (name, limits) => new PrimaryLog(name, limits, store), close: async () => {} };
  }
  const openRedis = openScriptStore(config, { clock, logger });
  if (!openRedis) return undefined;
  let opened: ReturnType<typeof openRedis> | undefined;
  const own = async () => {
    opened ??= openRedis();
    const redis = await opened;
    if (!redis.connected) await redis.settled();
    return redis;
  };
  return {
    open: (name, limits) => new RedisLog(name, limits, own),
    close: async () => (await opened)?.close(),
  };
}
