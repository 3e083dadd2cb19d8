/**
 * The sliding-window log: the instant of every draw, kept for a window's length. Exact, and the dearest: a key keeps
 * up to as many entries as its limit (two numbers, 16 bytes each; draws of one instant share one), where other
 * algorithms keep two or three numbers. So its limit is bounded at 10 000, and whoever keeps many bounds their sum.
 *
 * Invariant: in any span of the window's length no more than the capacity is admitted, wherever it begins.
 * Time that runs back gives nothing back: the instant of the last draw counts until it is reached again; a clock
 * set back by more than a window is taken as the new time, at which all that is kept was drawn.
 * Under a changed spec what is kept stays drawn; a longer window does not find again what was already forgotten.
 */
import { z } from 'zod';
import { EPSILON, wholeTokens } from '../decision.ts';
import { shareOf } from '../leases/share.ts';
import type { LimitDecision, LimitSpec, LimitState, SlidingLogSpec } from '../limiter.ts';
import { windowLimit, windowMs, windowSpec } from './window-config.ts';

/** `{ algorithm: sliding-log, limit: 100, window: 1m }` */
export const slidingLogConfig = z.strictObject({
  algorithm: z.literal('sliding-log').describe('The instant of every draw: exact, and the dearest in memory'),
  limit: windowLimit
    .max(10_000, 'expected 10000 at most: a log keeps every draw')
    .describe('Most tokens in any span as long as the window'),
  window: windowMs.describe('Its length, such as 1m'),
});

export type SlidingLogConfig = z.output<typeof slidingLogConfig>;

export function slidingLogSpec(name: string, config: SlidingLogConfig): SlidingLogSpec {
  return { algorithm: 'sliding-log', ...windowSpec(name, config.limit, config.window) };
}

/** Entries before the first one that counts, past which they are cut off. */
const MAX_SPENT = 64;

export class SlidingLog implements LimitState {
  spec: SlidingLogSpec;
  /** When, and how many; in order. Those before `#first` no longer count. */
  #instants: number[] = [];
  #counts: number[] = [];
  #first = 0;
  #used = 0;
  #nowMs: number;
  /** The instant that counts: never before the last draw's. */
  #atMs: number;

  constructor(spec: SlidingLogSpec, used: number, nowMs: number) {
    this.spec = spec;
    this.#nowMs = nowMs;
    this.#atMs = nowMs;
    if (used > 0) this.draw(used);
  }

  get weight(): number {
    return 1 + this.#instants.length;
  }

  change(spec: LimitSpec): boolean {
    if (spec.algorithm !== 'sliding-log') return false;
    this.spec = spec;
    return true;
  }

  advance(nowMs: number): void {
    const { windowMs: lengthMs } = this.spec;
    const lastMs = this.#instants.at(-1) ?? nowMs;
    this.#nowMs = nowMs;
    this.#atMs = Math.max(nowMs, lastMs);
    if (lastMs - nowMs > lengthMs) {
      this.#atMs = nowMs;
      this.#instants = [nowMs];
      this.#counts = [this.#used];
      this.#first = 0;
    }
    const instants = this.#instants;
    while (this.#first < instants.length && (instants[this.#first] ?? 0) <= this.#atMs - lengthMs) {
      this.#used -= this.#counts[this.#first] ?? 0;
      this.#first += 1;
    }
    if (this.#first === instants.length && this.#first > 0) {
      instants.length = 0;
      this.#counts.length = 0;
      this.#first = 0;
      this.#used = 0;
    } else if (this.#first > MAX_SPENT && this.#first * 2 > instants.length) {
      instants.splice(0, this.#first);
      this.#counts.splice(0, this.#first);
      this.#first = 0;
    }
  }

  available(): number {
    return this.spec.capacity - this.#used;
  }

  draw(tokens: number): void {
    if (tokens === 0) return;
    const last = this.#instants.length - 1;
    this.#used += tokens;
    if (this.#instants[last] === this.#atMs) {
      this.#counts[last] = (this.#counts[last] ?? 0) + tokens;
      return;
    }
    this.#instants.push(this.#atMs);
    this.#counts.push(tokens);
  }

  decision(tokens: number, allowed: boolean): LimitDecision {
    const lastMs = this.#instants.at(-1);
    return {
      spec: this.spec,
      allowed,
      remaining: wholeTokens(this.available()),
      resetMs: lastMs === undefined ? 0 : lastMs + this.spec.windowMs - this.#nowMs,
      retryAfterMs: allowed ? 0 : this.#retryAfterMs(tokens),
      waitMs: 0,
    };
  }

  divide(shares: number): void {
    for (let i = 0; i < this.#counts.length; i += 1) this.#counts[i] = (this.#counts[i] ?? 0) / shares;
    this.#used /= shares;
    this.spec = shareOf(this.spec, shares);
  }

  /** Until so many of the oldest have left the window that `tokens` fit in. */
  #retryAfterMs(tokens: number): number {
    if (tokens > this.spec.capacity) return Number.POSITIVE_INFINITY;
    let missing = tokens - this.available();
    for (let i = this.#first; i < this.#instants.length; i += 1) {
      if (missing <= EPSILON) break;
      missing -= this.#counts[i] ?? 0;
      if (missing <= EPSILON) return (this.#instants[i] ?? 0) + this.spec.windowMs - this.#nowMs;
    }
    return 0;
  }
}
