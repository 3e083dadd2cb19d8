/**
 * Snapshots of several processes as one. Counts add up in any order and grouping; states are told with how many processes
 * see them so; lists stay bounded.
 */
import { addLatencies } from './latency-counts.ts';
import type {
  LiveConsumer,
  LiveCount,
  LiveEndpoint,
  LiveRequest,
  LiveRoute,
  LiveSnapshot,
} from './snapshot.ts';

/** Requests that a second tells of; the slow and the failing are kept before others. */
export const MAX_REQUESTS = 60;
/** Consumers that a second tells of: those with the most requests. */
export const MAX_CONSUMERS = 20;

export const NOTHING_LIVE: LiveSnapshot = {
  at: 0,
  spanMs: 0,
  processes: [],
  routes: [],
  endpoints: [],
  limits: [],
  caches: [],
  consumers: [],
  otherConsumers: 0,
  requests: [],
};

export function mergeLive(snapshots: readonly LiveSnapshot[]): LiveSnapshot {
  const requests = fewest(snapshots.flatMap((one) => one.requests));
  const consumers = mergedBy(
    snapshots.flatMap((one) => one.consumers),
    ({ consumer, plan }) => `${consumer}\n${plan}`,
    addConsumers,
  ).sort((a, b) => b.requests - a.requests || (a.consumer < b.consumer ? -1 : 1));
  return {
    at: Math.max(0, ...snapshots.map(({ at }) => at)),
    spanMs: Math.max(0, ...snapshots.map(({ spanMs }) => spanMs)),
    processes: snapshots
      .flatMap(({ processes }) => processes)
      .sort((a, b) => a.process.localeCompare(b.process, 'en', { numeric: true }) || a.pid - b.pid),
    routes: mergedBy(
      snapshots.flatMap(({ routes }) => routes),
      ({ route, kind }) => `${route}\n${kind}`,
      addRoutes,
    ),
    endpoints: mergedBy(
      snapshots.flatMap(({ endpoints }) => endpoints),
      ({ upstream, endpoint }) => `${upstream}\n${endpoint}`,
      addEndpoints,
    ),
    limits: mergedCounts(snapshots.flatMap(({ limits }) => limits)),
    caches: mergedCounts(snapshots.flatMap(({ caches }) => caches)),
    consumers: consumers.slice(0, MAX_CONSUMERS),
    otherConsumers:
      snapshots.reduce((sum, one) => sum + one.otherConsumers, 0) +
      Math.max(0, consumers.length - MAX_CONSUMERS),
    requests,
  };
}

/** The newest of a second, with room first for those that failed or took long. */
export function fewest(requests: readonly LiveRequest[]): LiveRequest[] {
  const inTime = (a: LiveRequest, b: LiveRequest): number => a.at - b.at || (a.id < b.id ? -1 : 1);
  if (requests.length <= MAX_REQUESTS) return requests.toSorted(inTime);
  const weight = ({ status, totalMs }: LiveRequest): number => totalMs + ((status ?? 0) >= 500 ? 1e9 : 0);
  return requests
    .toSorted((a, b) => weight(b) - weight(a) || inTime(a, b))
    .slice(0, MAX_REQUESTS)
    .sort(inTime);
}

function mergedBy<T>(all: readonly T[], keyOf: (one: T) => string, add: (a: T, b: T) => T): T[] {
  const merged = new Map<string, T>();
  for (const one of all) {
    const key = keyOf(one);
    const before = merged.get(key);
    merged.set(key, before === undefined ? one : add(before, one));
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function mergedCounts(all: readonly LiveCount[]): LiveCount[] {
  return mergedBy(
    all,
    ({ name, outcome }) => `${name}\n${outcome}`,
    (a, b) => ({ ...a, count: a.count + b.count }),
  );
}

function addRoutes(a: LiveRoute, b: LiveRoute): LiveRoute {
  return {
    ...a,
    requests: a.requests + b.requests,
    failed: a.failed + b.failed,
    refused: a.refused + b.refused,
    latencies: addLatencies(a.latencies, b.latencies),
  };
}

function addEndpoints(a: LiveEndpoint, b: LiveEndpoint): LiveEndpoint {
  return {
    ...a,
    calls: a.calls + b.calls,
    failed: a.failed + b.failed,
    latencies: addLatencies(a.latencies, b.latencies),
    inFlight: a.inFlight + b.inFlight,
    queued: a.queued + b.queued,
    limit: a.limit + b.limit,
    breakers: addStates(a.breakers, b.breakers),
    health: addStates(a.health, b.health),
    weight: Math.max(a.weight, b.weight),
  };
}

function addStates(a: LiveEndpoint['health'], b: LiveEndpoint['health']): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const state of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
    sum[state] = (a[state] ?? 0) + (b[state] ?? 0);
  }
  return sum;
}

function addConsumers(a: LiveConsumer, b: LiveConsumer): LiveConsumer {
  return { ...a, requests: a.requests + b.requests, limited: a.limited + b.limited };
}
