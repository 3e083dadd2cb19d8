/**
 * Asks a second time, elsewhere, when the first attempt takes longer than most do ("The Tail at Scale", Dean and
 * Barroso 2013): only what is idempotent and can be sent again, never a stream, within a budget of its own.
 *
 * The first good head wins, and the other attempt is given up: cancelled, its reply dropped, and not held against its
 * endpoint. A head of 500 or above, or an error, waits for the other attempt and counts only where that is no better.
 */
import type { Clock } from '../core/clock.ts';
import type { Instrument } from '../core/meter.ts';
import type { Next } from '../core/step.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import type { Policy, UpstreamCall } from './call.ts';
import type { EndpointSet } from './endpoint-set.ts';
import type { HedgeConfig } from './hedge-config.ts';
import { HedgeRace } from './hedge-race.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { RetryBudget } from './retry-budget.ts';

/** What is known of an upstream's calls; it outlives snapshots. */
export class Hedging {
  readonly budget: RetryBudget;
  readonly latencies = new LatencyHistogram();
  readonly #config: HedgeConfig;

  constructor(config: HedgeConfig, clock: Clock) {
    this.#config = config;
    this.budget = new RetryBudget(config.budget, clock);
  }

  /** How long the first attempt has; `undefined` while too little is known. */
  get delayMs(): number | undefined {
    const { after, min, minSamples } = this.#config;
    if (typeof after === 'number') return Math.max(min, after);
    if (this.latencies.observed < minSamples) return undefined;
    return Math.max(min, this.latencies.quantile(after.quantile));
  }
}

export interface HedgeOptions {
  readonly config: HedgeConfig;
  readonly hedging: Hedging;
  readonly set: Pick<EndpointSet, 'targets'>;
  readonly clock: Clock;
  /** (1, upstream, `won`, `lost`, `failed` or `over_budget`). */
  readonly hedged: Instrument;
  /** Counts attempts: (1, upstream, outcome). */
  readonly requests: Instrument;
}

export function hedge(options: HedgeOptions): Policy {
  const { config, hedging, set, clock } = options;
  const methods = new Set(config.methods);
  const { budget, latencies } = hedging;

  /** Without a second attempt, for what it tells of how long calls take. */
  const watch = (call: UpstreamCall, next: Next<UpstreamCall, UpstreamReply>): Promise<UpstreamReply> => {
    const startedAt = clock.now();
    return next(call).then((reply) => {
      if (reply.status < 500) latencies.observe(clock.now() - startedAt);
      return reply;
    });
  };

  return (call, next) => {
    if (call.stream || !call.idempotent || !call.body.replayable) return next(call);
    // A POST that is idempotent says so itself: a query.
    if (!methods.has(call.method) && call.method !== 'POST') return next(call);
    budget.deposit();
    const { delayMs } = hedging;
    const hasNowhereToGo = config.to === 'another' && set.targets.length < 2;
    if (hasNowhereToGo || delayMs === undefined) return watch(call, next);
    if (delayMs >= call.context.deadline.remainingMs()) return watch(call, next);
    return new HedgeRace(options, call, next).run(delayMs);
  };
}
