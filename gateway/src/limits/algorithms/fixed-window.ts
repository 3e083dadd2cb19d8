/**
 * The fixed window: one count that starts anew at every multiple of the window's length since the epoch, or with the
 * calendar's minute, hour, day or month in UTC: what quotas are made of.
 *
 * Invariants: no more than the capacity is admitted in any one window, and so no more than twice of it in any span
 * as long as one, which is what a burst on both sides of an edge gets. Time that runs back stays in the window that
 * was reached; a clock set back by more than a whole window is taken as the new time, with what was drawn kept.
 * Under a changed spec what was drawn stays drawn: a larger limit adds its difference, another window begins with it.
 */
import { z } from 'zod';
import { wholeTokens } from '../decision.ts';
import { shareOf } from '../leases/share.ts';
import type { FixedWindowSpec, LimitDecision, LimitSpec, LimitState } from '../limiter.ts';
import { PERIOD_MS, windowLimit, windowMs, windowSpec } from './window-config.ts';

const period = z.enum(['minute', 'hour', 'day', 'month']);

/** `{ algorithm: fixed-window, limit: 10000, window: day }` */
export const fixedWindowConfig = z.strictObject({
  algorithm: z.literal('fixed-window').describe('One count for each window, which starts anew at its end'),
  limit: windowLimit.describe('Most tokens in one window'),
  window: z
    .union([period, windowMs], {
      error: 'expected minute, hour, day or month (of the calendar, in UTC), or a duration such as 10s',
    })
    .describe('minute, hour, day or month of the calendar in UTC, or a duration'),
});

export type FixedWindowConfig = z.output<typeof fixedWindowConfig>;

export function fixedWindowSpec(name: string, { limit, window }: FixedWindowConfig): FixedWindowSpec {
  if (typeof window === 'number') return { algorithm: 'fixed-window', ...windowSpec(name, limit, window) };
  return { algorithm: 'fixed-window', ...windowSpec(name, limit, PERIOD_MS[window]), period: window };
}

/** The instant at which the window ends that holds `nowMs`. */
export function windowEnd(spec: FixedWindowSpec, nowMs: number): number {
  if (spec.period === 'month') {
    const now = new Date(nowMs);
    return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  }
  return (Math.floor(nowMs / spec.windowMs) + 1) * spec.windowMs;
}

export class FixedWindow implements LimitState {
  spec: FixedWindowSpec;
  readonly weight = 1;
  used: number;
  endMs: number;
  #nowMs: number;

  constructor(spec: FixedWindowSpec, used: number, endMs: number, nowMs: number) {
    this.spec = spec;
    this.used = used;
    this.endMs = endMs;
    this.#nowMs = nowMs;
  }

  change(spec: LimitSpec, nowMs: number): boolean {
    if (spec.algorithm !== 'fixed-window') return false;
    if (spec.windowMs !== this.spec.windowMs || spec.period !== this.spec.period) {
      this.advance(nowMs);
      this.endMs = windowEnd(spec, nowMs);
    }
    this.spec = spec;
    return true;
  }

  advance(nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs >= this.endMs) {
      this.used = 0;
      this.endMs = windowEnd(this.spec, nowMs);
    } else if (nowMs < this.endMs - 2 * this.spec.windowMs) {
      this.endMs = windowEnd(this.spec, nowMs);
    }
  }

  available(): number {
    return this.spec.capacity - this.used;
  }

  draw(tokens: number): void {
    this.used += tokens;
  }

  decision(tokens: number, allowed: boolean): LimitDecision {
    const leftMs = this.endMs - this.#nowMs;
    const never = tokens > this.spec.capacity;
    return {
      spec: this.spec,
      allowed,
      remaining: wholeTokens(this.available()),
      resetMs: this.used > 0 ? leftMs : 0,
      retryAfterMs: allowed ? 0 : never ? Number.POSITIVE_INFINITY : leftMs,
      waitMs: 0,
    };
  }

  divide(shares: number): void {
    this.used /= shares;
    this.spec = shareOf(this.spec, shares);
  }
}
