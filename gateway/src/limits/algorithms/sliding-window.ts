/**
 * The sliding-window counter: two fixed windows, the one before weighted by the part of it that a window which ends
 * now still covers, as though what it admitted had come evenly. Three numbers a key, whatever the limit.
 *
 * Invariants: in every window of its own (multiples of its length since the epoch) no more than the capacity is
 * admitted. In any other span of that length the error is what the one before admitted in less time than all of it:
 * at the fraction f of the current window no more than capacity × (1 + f), below twice the capacity in the worst case
 * (a burst at the very end of a window after a quiet one). Where requests come evenly it admits no more than the capacity
 * in any span, and about one fewer in each window.
 * Time that runs back gives nothing back; a clock set back by more than two windows is taken as the new time.
 * Under a changed spec what is counted stays counted; with another window it counts as drawn in the current one.
 */
import { z } from 'zod';
import { wholeTokens } from '../decision.ts';
import { shareOf } from '../leases/share.ts';
import type { LimitDecision, LimitSpec, LimitState, SlidingWindowSpec } from '../limiter.ts';
import { windowLimit, windowMs, windowSpec } from './window-config.ts';

/** `{ algorithm: sliding-window, limit: 100, window: 1m }` */
export const slidingWindowConfig = z.strictObject({
  algorithm: z
    .literal('sliding-window')
    .describe('The counts of this window and the one before, weighted by how much of it is still covered'),
  limit: windowLimit.describe('Most tokens in a window'),
  window: windowMs.describe('Its length, such as 1m'),
});

export type SlidingWindowConfig = z.output<typeof slidingWindowConfig>;

export function slidingWindowSpec(name: string, config: SlidingWindowConfig): SlidingWindowSpec {
  return { algorithm: 'sliding-window', ...windowSpec(name, config.limit, config.window) };
}

/** The instant at which the current window began. */
function startOf(nowMs: number, lengthMs: number): number {
  return Math.floor(nowMs / lengthMs) * lengthMs;
}

export class SlidingWindow implements LimitState {
  spec: SlidingWindowSpec;
  readonly weight = 1;
  /** Drawn in the current window and in the one before. */
  current: number;
  previous: number;
  startMs: number;
  #nowMs: number;

  constructor(spec: SlidingWindowSpec, current: number, nowMs: number) {
    this.spec = spec;
    this.current = current;
    this.previous = 0;
    this.startMs = startOf(nowMs, spec.windowMs);
    this.#nowMs = nowMs;
  }

  change(spec: LimitSpec, nowMs: number): boolean {
    if (spec.algorithm !== 'sliding-window') return false;
    if (spec.windowMs !== this.spec.windowMs) {
      this.advance(nowMs);
      this.current = this.#counted();
      this.previous = 0;
      this.startMs = startOf(nowMs, spec.windowMs);
    }
    this.spec = spec;
    return true;
  }

  advance(nowMs: number): void {
    const { windowMs: lengthMs } = this.spec;
    const passedMs = nowMs - this.startMs;
    if (passedMs >= lengthMs) {
      this.previous = passedMs < 2 * lengthMs ? this.current : 0;
      this.current = 0;
      this.startMs = startOf(nowMs, lengthMs);
    } else if (-passedMs > 2 * lengthMs) {
      this.startMs = startOf(nowMs, lengthMs);
    }
    this.#nowMs = nowMs;
  }

  available(): number {
    return this.spec.capacity - this.#counted();
  }

  draw(tokens: number): void {
    this.current += tokens;
  }

  decision(tokens: number, allowed: boolean): LimitDecision {
    return {
      spec: this.spec,
      allowed,
      remaining: wholeTokens(this.available()),
      resetMs: this.#resetMs(),
      retryAfterMs: allowed ? 0 : this.#retryAfterMs(tokens),
      waitMs: 0,
    };
  }

  divide(shares: number): void {
    this.current /= shares;
    this.previous /= shares;
    const share = shareOf(this.spec, shares);
    if (share.windowMs === this.spec.windowMs) this.spec = share;
    else this.change(share, this.#nowMs);
  }

  /** The part of the current window that is over. */
  #passed(): number {
    return Math.max(0, this.#nowMs - this.startMs) / this.spec.windowMs;
  }

  #counted(): number {
    return this.current + this.previous * (1 - this.#passed());
  }

  #resetMs(): number {
    const windows = this.current > 0 ? 2 : this.previous > 0 ? 1 : 0;
    return windows === 0 ? 0 : this.startMs + windows * this.spec.windowMs - this.#nowMs;
  }

  #retryAfterMs(tokens: number): number {
    const { capacity, windowMs: lengthMs } = this.spec;
    const room = capacity - tokens;
    if (room < 0) return Number.POSITIVE_INFINITY;
    const { current, previous } = this;
    if (current + previous * (1 - this.#passed()) <= room) return 0;
    // In this window as soon as the one before weighs little enough, or else in the next, where this one is that.
    const passed = current <= room ? 1 - (room - current) / previous : 2 - room / current;
    // A whole millisecond up: fractions of one must not send anybody here too early.
    return Math.floor(this.startMs - this.#nowMs + passed * lengthMs) + 1;
  }
}
