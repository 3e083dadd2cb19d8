/**
 * What operators see of a second: plain data that one process makes of itself, and that several processes' add up to. Names
 * are of the configuration (routes, upstreams, plans, consumers); nothing here was said by a client or a backend.
 */
import type { LatencyCounts } from './latency-counts.ts';

/** A process that serves. */
export interface LiveProcess {
  /** `gateway` for the one that serves alone; else the worker's number. */
  readonly process: string;
  readonly pid: number;
  /** Since it started, in seconds. */
  readonly upS: number;
  readonly inFlight: number;
  /** Connections of clients. */
  readonly connections: number;
  /** How late the event loop was at worst within the second. */
  readonly loopDelayMs: number;
  /** Share of the second in which it worked, 0 to 1. */
  readonly busy: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Configurations in memory: those whose requests still run count. */
  readonly generations: number;
  /** Of the configuration that serves; `undefined` where it has none. */
  readonly version: number | undefined;
  readonly digest: string | undefined;
  /** Empty where it is ready. */
  readonly notReady: readonly string[];
}

export interface LiveRoute {
  readonly route: string;
  readonly kind: string;
  readonly requests: number;
  /** Answers of 500 and above. */
  readonly failed: number;
  /** Answers of 400 to 499. */
  readonly refused: number;
  readonly latencies: LatencyCounts;
}

/** An endpoint; numbers of states are of processes that see it so. */
export interface LiveEndpoint {
  readonly upstream: string;
  readonly endpoint: string;
  readonly calls: number;
  readonly failed: number;
  readonly latencies: LatencyCounts;
  readonly inFlight: number;
  readonly queued: number;
  /** How many calls it may carry at once, of all processes together. */
  readonly limit: number;
  readonly breakers: Readonly<Record<string, number>>;
  readonly health: Readonly<Record<string, number>>;
  /** Its weight against the others': the highest that a process gives it. */
  readonly weight: number;
}

/** Something counted under names: a limit's decisions, a cache's results. */
export interface LiveCount {
  readonly name: string;
  readonly outcome: string;
  readonly count: number;
}

export interface LiveConsumer {
  readonly consumer: string;
  readonly plan: string;
  readonly requests: number;
  /** By a limit. */
  readonly limited: number;
}

/** A request that is over, in a line. */
export interface LiveRequest {
  readonly id: string;
  readonly process: string;
  /** Milliseconds since the epoch, when it began. */
  readonly at: number;
  readonly method: string;
  readonly route: string;
  readonly kind: string;
  readonly screens: readonly string[];
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly totalMs: number;
  /** The upstream that it spent the most time on, where it called any. */
  readonly slowest: { readonly upstream: string; readonly ms: number } | undefined;
}

export interface LiveSnapshot {
  /** When the second ended, in milliseconds since the epoch. */
  readonly at: number;
  readonly spanMs: number;
  readonly processes: readonly LiveProcess[];
  readonly routes: readonly LiveRoute[];
  readonly endpoints: readonly LiveEndpoint[];
  readonly limits: readonly LiveCount[];
  readonly caches: readonly LiveCount[];
  readonly consumers: readonly LiveConsumer[];
  /** The most loaded alone: how many others had requests. */
  readonly otherConsumers: number;
  /** Those that ended within it, the newest last; not all where there were many. */
  readonly requests: readonly LiveRequest[];
}
