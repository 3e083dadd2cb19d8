/** The connection on which a process listens to Redis' channels. It carries no commands beside that. */
import { Redis } from 'ioredis';

const CONNECT_TIMEOUT_MS = 500;
/** As the store's: reconnecting begins at 50 ms and never waits longer than this. */
const MAX_BACKOFF_MS = 500;

/** Not connected yet. `url` may hold a password and is never logged. */
export function openSubscriber(url: string): Redis {
  return new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: 100,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectionName: 'frontdesk-channels',
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt - 1, 10), MAX_BACKOFF_MS),
  });
}
