/** Which way messages between processes go: within this one, by the primary, or through the Redis that holds the state. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { MemoryChannels } from './memory-channels.ts';
import { PrimaryChannels } from './primary-channels.ts';
import { PrimaryStore } from './primary-store.ts';
import type { StateConfig } from './state.ts';
import { isScriptStore, type OpenChannels, type StateStore } from './store.ts';

export interface ChannelsDependencies {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Nothing is connected to until somebody subscribes. */
export async function openChannels(
  config: StateConfig,
  { store, clock, logger }: ChannelsDependencies,
): Promise<OpenChannels> {
  if (store instanceof PrimaryStore) return new PrimaryChannels({ store, logger });
  if (config === 'memory' || 'file' in config || !isScriptStore(store)) return new MemoryChannels({ logger });
  const [{ RedisChannels }, { openListener }] = await Promise.all([
    import('./redis-channels.ts'),
    import('./redis-client.ts'),
  ]);
  const { redis: at, username, password, tls } = config;
  const open = () => openListener({ at, username, password, tls }, 'frontdesk-channels');
  return new RedisChannels({ open, store, clock, logger });
}
