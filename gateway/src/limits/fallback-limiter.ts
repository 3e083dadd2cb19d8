/**
 * Asks the shared store for every decision, and decides locally (`LocalShares`) while it is gone, so that no request
 * fails for it and none is free.
 */
import type { Meter } from '../core/meter.ts';
import { allAllowed } from './decision.ts';
import { type CountDecision, decisionCounter, type StoreLabel } from './decision-meter.ts';
import type { LocalShares } from './leases/local-shares.ts';
import type { Decisions, LimitCheck, Limiter } from './limiter.ts';

export interface FallbackLimiterOptions {
  /** Decides while it can; its rejection is what calls for the fallback. */
  readonly shared: Limiter;
  readonly local: LocalShares;
  readonly meter: Meter;
  /** The shared store, as metrics name it. */
  readonly store: StoreLabel;
}

export class FallbackLimiter implements Limiter {
  readonly #shared: Limiter;
  readonly #local: LocalShares;
  readonly #countShared: CountDecision;

  constructor(options: FallbackLimiterOptions) {
    this.#shared = options.shared;
    this.#local = options.local;
    this.#countShared = decisionCounter(options.meter, options.store);
  }

  async take(checks: readonly LimitCheck[], tokens: number): Promise<Decisions> {
    if (this.#local.holdsAny(checks)) return this.#local.take(checks, tokens);
    let decisions: Decisions;
    try {
      decisions = await this.#shared.take(checks, tokens);
    } catch (error) {
      return this.#local.take(checks, tokens, error);
    }
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i];
      const decision = decisions[i];
      if (check && decision) this.#local.remember(check, decision.remaining);
    }
    this.#countShared(allAllowed(decisions));
    return decisions;
  }
}
