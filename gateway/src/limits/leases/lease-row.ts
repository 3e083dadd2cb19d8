/**
 * What one process holds of one bucket: tokens that it leased, what the store last said, and who waits for more. The
 * arithmetic of spending, without calls of its own.
 */

import { bucketDecision } from '../algorithms/token-bucket.ts';
import { affords } from '../decision.ts';
import type { LimitCheck, LimitDecision } from '../limiter.ts';

/** A refusal stands for as long without asking again: a flood that is refused costs the store ten calls a second. */
const REFUSAL_MS = 100;
/** How much work a batch is for, at the rate of the last leases. */
const BATCH_MS = 100;
/** More is asked for while as much work is left. */
const AHEAD_MS = 30;
const SHORTEST_MEASURE_MS = 5;
/** A bucket that would not give all that was wanted is not asked again at once. */
const AHEAD_AGAIN_MS = 30;
const KNOWN_MS = 1000;

export interface Waiter {
  readonly tokens: number;
  readonly answer: (outcome: Outcome) => void;
}

/** Whether it got its tokens, out of the lease perhaps, or why nobody could say. */
export type Outcome = { readonly granted: boolean; readonly reserved?: boolean } | { readonly gone: unknown };

export class LeaseRow {
  check: LimitCheck;
  /** Leased and not spent. */
  held = 0;
  validUntilMs = 0;
  /** Taken out of `held` for a request that is not decided yet. */
  reserved = 0;
  /** Granted and not used: goes back with the next call. */
  back = 0;
  /** The request that nobody answered, 0 where there is none. */
  lost = 0;
  calling = false;
  scheduled = false;
  dropped = false;
  waiters: Waiter[] = [];
  spentAtMs = 0;
  #level = 0;
  #levelAtMs = Number.NEGATIVE_INFINITY;
  #spent = 0;
  #measuredAtMs: number;
  #ratePerMs = 0;
  #aheadAfterMs = 0;
  #wanted = 0;

  constructor(check: LimitCheck, nowMs: number) {
    this.check = check;
    this.#measuredAtMs = nowMs;
  }

  /** Whether tokens are here, or, when none are asked for, whether the level is known. */
  has(tokens: number, nowMs: number): boolean {
    if (tokens === 0) return nowMs - this.#levelAtMs < KNOWN_MS;
    if (nowMs >= this.validUntilMs) this.held = 0;
    return affords(this.held, tokens);
  }

  spend(tokens: number, nowMs: number): void {
    this.held = Math.max(0, this.held - tokens);
    this.#spent += tokens;
    this.spentAtMs = nowMs;
  }

  /** Whether the store said a moment ago that there is not as much, with what is held here. */
  lacks(tokens: number, nowMs: number): boolean {
    return (
      tokens > 0 && nowMs - this.#levelAtMs < REFUSAL_MS && !affords(this.#levelAt(nowMs) + this.held, tokens)
    );
  }

  /** Whether it is time to ask for more before it is needed. */
  runsLow(nowMs: number): boolean {
    return (
      this.held < this.#ratePerMs * AHEAD_MS &&
      !this.calling &&
      !this.scheduled &&
      nowMs >= this.#aheadAfterMs
    );
  }

  /** How much to ask for beyond what is needed now. Measures the rate. */
  batch(waiting: number, nowMs: number): number {
    const elapsedMs = nowMs - this.#measuredAtMs;
    this.#spent += waiting;
    if (elapsedMs >= SHORTEST_MEASURE_MS) {
      const measured = this.#spent / elapsedMs;
      this.#ratePerMs = this.#ratePerMs === 0 ? measured : (this.#ratePerMs + measured) / 2;
      this.#spent = 0;
      this.#measuredAtMs = nowMs;
    }
    const wanted = Math.floor(this.#ratePerMs * BATCH_MS);
    // A batch of one is a draw with another name.
    this.#wanted = wanted < 2 ? 0 : Math.max(0, wanted - Math.floor(this.held));
    return this.#wanted;
  }

  learn(level: number, ahead: number, askedAtMs: number, nowMs: number): void {
    this.#level = level;
    this.#levelAtMs = askedAtMs;
    if (ahead < this.#wanted) this.#aheadAfterMs = nowMs + AHEAD_AGAIN_MS;
  }

  /** The level as far as known; a bucket of which nothing was heard is full. */
  knownLevel(nowMs: number): number {
    return this.#levelAtMs === Number.NEGATIVE_INFINITY ? this.check.spec.capacity : this.#levelAt(nowMs);
  }

  /** The store's last word and what is held here. Others may have drawn since. */
  decision(tokens: number, allowed: boolean, nowMs: number): LimitDecision {
    const { spec } = this.check;
    const held = nowMs < this.validUntilMs ? this.held : 0;
    const level = Math.min(spec.capacity, this.#levelAt(nowMs) + held + this.back);
    return bucketDecision(spec, level, tokens, allowed);
  }

  #levelAt(nowMs: number): number {
    if (this.#levelAtMs === Number.NEGATIVE_INFINITY) return 0;
    const { spec } = this.check;
    return Math.min(spec.capacity, this.#level + (nowMs - this.#levelAtMs) * spec.refillPerMs);
  }
}
