/**
 * Asks the shared store for every decision, and decides locally (`LocalShares`) while it is gone, so that no request
 * fails for it and none is free. A bucket that was decided locally is settled with the store first when that is back.
 */
import type { Meter } from '../core/meter.ts';
import { allAllowed } from './decision.ts';
import { type CountDecision, decisionCounter, type StoreLabel } from './decision-meter.ts';
import type { Decisions, LimitCheck, Limiter } from './limiter.ts';
import type { LocalShares } from './local-shares.ts';

/** Tells the store what was admitted without it. Rejects when it is gone. */
export type Settle = (check: LimitCheck, owed: number) => Promise<void>;

export interface FallbackLimiterOptions {
  /** Decides while it can; its rejection is what calls for the fallback. */
  readonly shared: Limiter;
  readonly local: LocalShares;
  readonly meter: Meter;
  /** The shared store, as metrics name it. */
  readonly store: StoreLabel;
  /** Nothing is settled without it. */
  readonly settle?: Settle;
}

export class FallbackLimiter implements Limiter {
  readonly #shared: Limiter;
  readonly #local: LocalShares;
  readonly #settle: Settle | undefined;
  readonly #countShared: CountDecision;

  constructor(options: FallbackLimiterOptions) {
    this.#shared = options.shared;
    this.#local = options.local;
    this.#settle = options.settle;
    this.#countShared = decisionCounter(options.meter, options.store);
  }

  async take(checks: readonly LimitCheck[], tokens: number): Promise<Decisions> {
    let decisions: Decisions;
    try {
      await this.#payWhatIsOwed(checks);
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

  async #payWhatIsOwed(checks: readonly LimitCheck[]): Promise<void> {
    if (!this.#settle) return;
    for (const check of checks) {
      const owed = this.#local.takeOwed(check);
      if (owed === 0) continue;
      try {
        await this.#settle(check, owed);
      } catch (error) {
        this.#local.oweAgain(check, owed);
        throw error;
      }
    }
  }
}
