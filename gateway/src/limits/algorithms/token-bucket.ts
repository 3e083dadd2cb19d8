/**
 * The token bucket: a burst of `capacity`, then the pace of `refillPerMs`. The default. Without time or storage of its
 * own: every store (memory, Redis, the local fallback) decides by these rules, and the Lua script repeats them line
 * by line.
 *
 * Invariant: over any time t a bucket admits no more than capacity + refill × t. Time that runs back refills
 * nothing; a clock set back by more than one fill time is taken as the new time, so that nobody is locked out.
 * Under a changed spec the level stays, cut to the new capacity: a larger one fills at the new rate.
 */
import { z } from 'zod';
import { ratePerMs } from '../../settings/settings.ts';
import { wholeTokens } from '../decision.ts';
import { shareOf } from '../leases/share.ts';
import type { LimitDecision, LimitSpec, LimitState, TokenBucketSpec } from '../limiter.ts';
import { mode } from '../plans/mode.ts';

export const capacity = z.int('expected a whole number').min(1, 'expected 1 at least').max(1_000_000_000);

/** Past it the arithmetic's fractions would no longer tell. */
export const limitRate = ratePerMs.refine(
  (rate) => Number.isFinite(rate) && rate <= 1_000_000,
  'expected at most 1000000/ms',
);

/** `{ capacity: 100, refill: 100/min }` */
export const bucketConfig = z.strictObject({
  algorithm: z.literal('token-bucket').optional().describe('A token bucket: the default'),
  capacity: capacity.describe('Most tokens the bucket holds: the largest burst'),
  refill: limitRate.describe('How fast tokens come back, such as 100/min'),
  mode: mode.optional().describe('How a shared store is asked; limits.mode where it is not said'),
});

export type BucketConfig = z.output<typeof bucketConfig>;

/** What is known of a bucket: `tokens` at the instant `atMs`, on the clock of its store. */
export interface BucketLevel {
  tokens: number;
  atMs: number;
}

type Rate = Pick<LimitSpec, 'capacity' | 'refillPerMs'>;

export function bucketSpec(name: string, config: BucketConfig): TokenBucketSpec {
  const { capacity, refill: refillPerMs } = config;
  const spec = { algorithm: 'token-bucket', name, capacity, refillPerMs } as const;
  return config.mode ? { ...spec, mode: config.mode } : spec;
}

/** Milliseconds in which an empty bucket fills. */
export function fillMs(spec: Rate): number {
  return spec.capacity / spec.refillPerMs;
}

/** Brings a level up to `nowMs`, in place. */
export function refill(level: BucketLevel, spec: Rate, nowMs: number): void {
  const elapsedMs = nowMs - level.atMs;
  if (elapsedMs >= 0) {
    level.tokens = Math.min(spec.capacity, level.tokens + elapsedMs * spec.refillPerMs);
    level.atMs = nowMs;
  } else {
    level.tokens = Math.min(spec.capacity, level.tokens);
    if (-elapsedMs > fillMs(spec)) level.atMs = nowMs;
  }
}

/**
 * What to tell of a bucket that stands at `level` after the decision. Nothing comes back for `behindMs`: so far did time
 * run back.
 */
export function bucketDecision(
  spec: LimitSpec,
  level: number,
  tokens: number,
  allowed: boolean,
  behindMs = 0,
): LimitDecision {
  const missing = allowed ? 0 : Math.max(0, tokens - level);
  const below = Math.max(0, spec.capacity - level);
  return {
    spec,
    allowed,
    remaining: wholeTokens(level),
    resetMs: below === 0 ? 0 : below / spec.refillPerMs + behindMs,
    retryAfterMs:
      tokens > spec.capacity && !allowed
        ? Number.POSITIVE_INFINITY
        : missing === 0
          ? 0
          : missing / spec.refillPerMs + behindMs,
    waitMs: 0,
  };
}

export class TokenBucket implements LimitState {
  spec: TokenBucketSpec;
  readonly weight = 1;
  tokens: number;
  atMs: number;
  #behindMs = 0;

  constructor(spec: TokenBucketSpec, tokens: number, atMs: number) {
    this.spec = spec;
    this.tokens = tokens;
    this.atMs = atMs;
  }

  change(spec: LimitSpec): boolean {
    if (spec.algorithm !== undefined && spec.algorithm !== 'token-bucket') return false;
    this.spec = spec;
    return true;
  }

  advance(nowMs: number): void {
    refill(this, this.spec, nowMs);
    this.#behindMs = this.atMs - nowMs;
  }

  available(): number {
    return this.tokens;
  }

  draw(tokens: number): void {
    this.tokens -= tokens;
  }

  decision(tokens: number, allowed: boolean): LimitDecision {
    return bucketDecision(this.spec, this.tokens, tokens, allowed, this.#behindMs);
  }

  divide(shares: number): void {
    this.tokens /= shares;
    this.spec = shareOf(this.spec, shares);
  }
}
