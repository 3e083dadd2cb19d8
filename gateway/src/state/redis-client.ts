/**
 * The one place where clients of Redis are made, by the rules that all of them obey: nothing is queued while there is no
 * connection, no command is sent twice, connecting is given up after half a second and begins again after a quarter of
 * a second at most. None is connected yet. What a place holds may be secret and is never logged.
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { type RedisPlace, type ServerAccess, sentinelAccess, serverAccess } from './redis-place.ts';

const CONNECT_TIMEOUT_MS = 500;
/** Reconnecting begins at 50 ms and never waits longer than this: recovery stays below a second, and all are back together. */
const MAX_BACKOFF_MS = 250;
/** How often a command may be sent on to another node of a cluster. */
const MAX_REDIRECTIONS = 4;
/** Replicas that took over are found this soon, where nobody asks for anything. */
const SLOTS_REFRESH_MS = 5000;

const backoff = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt - 1, 10), MAX_BACKOFF_MS);

const RULES = {
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: 100,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: backoff,
} as const satisfies RedisOptions;

/** A single server, or the primary that sentinels name. */
export function openServer(place: RedisPlace, connectionName: string): Redis {
  const { at } = place;
  if (typeof at === 'string') return new Redis({ ...RULES, ...serverAccess(at, place), connectionName });
  if ('cluster' in at) throw new TypeError('a cluster is not one server');
  const sentinels = at.sentinels.map((url) => sentinelAccess(url, place));
  const [first] = sentinels;
  return new Redis({
    ...RULES,
    connectionName,
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    name: at.master,
    db: at.database,
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    sentinelRetryStrategy: backoff,
    ...(place.username === undefined ? {} : { username: place.username }),
    ...(place.password === undefined ? {} : { password: place.password }),
    ...(first?.username === undefined ? {} : { sentinelUsername: first.username }),
    ...(first?.password === undefined ? {} : { sentinelPassword: first.password }),
    ...(first?.tls ? { enableTLSForSentinelMode: true, sentinelTLS: first.tls, tls: first.tls } : {}),
  });
}

export function openCluster(place: RedisPlace, connectionName: string): Cluster {
  const nodes = clusterNodes(place);
  const { host: _host, port: _port, ...access } = nodes[0] ?? { host: '', port: 0 };
  return new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: backoff,
      maxRedirections: MAX_REDIRECTIONS,
      // A node that is gone or a cluster that is down is an answer: nothing is tried again behind the caller's back.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      // Names would leave the certificates' names behind.
      ...(access.tls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
      redisOptions: {
        ...access,
        connectionName,
        connectTimeout: CONNECT_TIMEOUT_MS,
        disconnectTimeout: 100,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
      },
    },
  );
}

/** For subscriptions: in a cluster any node hears them all, so it goes on to the next one whenever one is lost. */
export function openListener(place: RedisPlace, connectionName: string): Redis {
  const { at } = place;
  if (typeof at === 'string' || 'sentinels' in at) {
    const client = openServer(place, connectionName);
    client.options.autoResubscribe = false;
    return client;
  }
  const nodes = clusterNodes(place);
  let turn = 0;
  const client: Redis = new Redis({
    ...RULES,
    ...nodes[0],
    connectionName,
    autoResubscribe: false,
    retryStrategy: (attempt) => {
      turn += 1;
      const next = nodes[turn % nodes.length];
      if (next) Object.assign(client.options, { host: next.host, port: next.port });
      return backoff(attempt);
    },
  });
  return client;
}

function clusterNodes(place: RedisPlace): readonly ServerAccess[] {
  const { at } = place;
  if (typeof at === 'string' || 'sentinels' in at) throw new TypeError('not a cluster');
  return at.cluster.map((url) => serverAccess(url, place));
}
