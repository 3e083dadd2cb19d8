/** What hedging goes by, of one upstream: how long calls take, and how many may be sent twice. */
import type { Clock } from '../../core/clock.ts';
import type { HedgeConfig } from './hedge-config.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { RetryBudget } from './retry-budget.ts';

/** It outlives snapshots. */
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
