/** What the requests of a second add up to, by route, endpoint and consumer. */
import type { Identity } from '../core/identity.ts';
import type { RequestTrace, TracedCall } from '../core/request-trace.ts';
import { LatencyCounter } from './latency-counts.ts';
import { fewest, MAX_CONSUMERS, MAX_REQUESTS } from './merge-live.ts';
import type { LiveConsumer, LiveEndpoint, LiveRequest, LiveRoute } from './snapshot.ts';

interface RouteTally {
  readonly route: string;
  readonly kind: string;
  requests: number;
  failed: number;
  refused: number;
  readonly latencies: LatencyCounter;
}

interface CallTally {
  readonly upstream: string;
  readonly endpoint: string;
  calls: number;
  failed: number;
  readonly latencies: LatencyCounter;
}

interface ConsumerTally {
  readonly consumer: string;
  readonly plan: string;
  requests: number;
  limited: number;
}

/** Names are of the configuration, but for consumers that are kept in the store: more than this count together. */
const MAX_CONSUMERS_COUNTED = 5_000;
/** Requests between two cuts of the list to those that are worth telling. */
const CUT_AT = MAX_REQUESTS * 8;
/** What ends a call without a word on its backend. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  'aborted',
  'hedged',
  'cached',
  'stale',
  'shared',
  'collapsed',
]);
/** What our own guards refuse: the endpoint never saw it. */
const OUR_OWN: ReadonlySet<string> = new Set(['circuit_open', 'bulkhead_full', 'upstream_limited']);

export type TalliedEndpoint = Pick<LiveEndpoint, 'upstream' | 'endpoint' | 'calls' | 'failed' | 'latencies'>;

export class SecondTally {
  readonly #routes = new Map<string, RouteTally>();
  readonly #calls = new Map<string, CallTally>();
  readonly #consumers = new Map<string, ConsumerTally>();
  #requests: LiveRequest[] = [];

  /** `timeMs`: how long it took; of a stream, until it began. */
  add(trace: RequestTrace, line: LiveRequest, identity: Identity | undefined, timeMs: number): void {
    this.#addRoute(trace, timeMs);
    this.#addConsumer(identity, trace.code === 'rate_limited');
    for (const call of trace.calls) this.#addCall(call);
    this.#requests.push(line);
    if (this.#requests.length >= CUT_AT) this.#requests = fewest(this.#requests);
  }

  get routes(): LiveRoute[] {
    return [...this.#routes.values()].map((one) => ({ ...one, latencies: one.latencies.counts }));
  }

  get endpoints(): TalliedEndpoint[] {
    return [...this.#calls.values()].map((one) => ({ ...one, latencies: one.latencies.counts }));
  }

  get consumers(): LiveConsumer[] {
    return [...this.#consumers.values()].sort((a, b) => b.requests - a.requests).slice(0, MAX_CONSUMERS);
  }

  get otherConsumers(): number {
    return Math.max(0, this.#consumers.size - MAX_CONSUMERS);
  }

  get requests(): LiveRequest[] {
    return fewest(this.#requests);
  }

  #addRoute({ route, kind, status = 0 }: RequestTrace, timeMs: number): void {
    const key = `${route}\n${kind}`;
    let tally = this.#routes.get(key);
    if (!tally) {
      tally = { route, kind, requests: 0, failed: 0, refused: 0, latencies: new LatencyCounter() };
      this.#routes.set(key, tally);
    }
    tally.requests += 1;
    if (status >= 500) tally.failed += 1;
    else if (status >= 400) tally.refused += 1;
    tally.latencies.add(timeMs);
  }

  #addCall({ upstream, endpoint, startMs, headMs, endMs, outcome = 'ok' }: TracedCall): void {
    // A call that no endpoint took says nothing of any.
    if (endpoint === undefined || SAYS_NOTHING.has(outcome)) return;
    const key = `${upstream}\n${endpoint}`;
    let tally = this.#calls.get(key);
    if (!tally) {
      tally = { upstream, endpoint, calls: 0, failed: 0, latencies: new LatencyCounter() };
      this.#calls.set(key, tally);
    }
    if (OUR_OWN.has(outcome)) return;
    tally.calls += 1;
    if (outcome !== 'ok') tally.failed += 1;
    const endedMs = endMs ?? headMs;
    if (endedMs !== undefined) tally.latencies.add(endedMs - startMs);
  }

  #addConsumer(identity: Identity | undefined, limited: boolean): void {
    const known = identity?.consumer ?? (identity ? '(people)' : '(nobody)');
    const plan = identity?.plan ?? 'none';
    const isNew = !this.#consumers.has(`${known}\n${plan}`);
    const consumer = isNew && this.#consumers.size >= MAX_CONSUMERS_COUNTED ? '(others)' : known;
    const key = `${consumer}\n${plan}`;
    let tally = this.#consumers.get(key);
    if (!tally) {
      tally = { consumer, plan, requests: 0, limited: 0 };
      this.#consumers.set(key, tally);
    }
    tally.requests += 1;
    if (limited) tally.limited += 1;
  }
}
