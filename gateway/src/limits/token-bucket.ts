/**
 * The arithmetic of the token bucket, without time or storage of its own: every store (memory, Redis, the local
 * fallback) decides by these rules, and the Lua script repeats them line by line.
 *
 * Invariant: over any time t a bucket admits no more than capacity + refill × t. Time that runs back refills
 * nothing; a clock set back by more than one fill time is taken as the new time, so that nobody is locked out.
 */
import { z } from 'zod';
import { ratePerMs } from '../settings/settings.ts';
import type { BucketDecision, BucketSpec } from './limiter.ts';

/** `{ capacity: 100, refill: 100/min }` */
export const bucketConfig = z.strictObject({
  capacity: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .describe('Most tokens the bucket holds: the largest burst'),
  refill: ratePerMs
    .refine((rate) => Number.isFinite(rate) && rate <= 1_000_000, 'expected at most 1000000/ms')
    .describe('How fast tokens come back, such as 100/min'),
});

export type BucketConfig = z.output<typeof bucketConfig>;

/** Sums of fractions fall short by less than this; it admits nothing that waited long enough for its tokens. */
const EPSILON = 1e-9;

/** What is known of a bucket: `tokens` at the instant `atMs`, on the clock of its store. */
export interface BucketLevel {
  tokens: number;
  atMs: number;
}

export function bucketSpec(name: string, config: BucketConfig): BucketSpec {
  return { name, capacity: config.capacity, refillPerMs: config.refill };
}

/** Milliseconds in which an empty bucket fills. */
export function fillMs(spec: BucketSpec): number {
  return spec.capacity / spec.refillPerMs;
}

/** Brings a level up to `nowMs`, in place. */
export function refill(level: BucketLevel, spec: BucketSpec, nowMs: number): void {
  const elapsedMs = nowMs - level.atMs;
  if (elapsedMs >= 0) {
    level.tokens = Math.min(spec.capacity, level.tokens + elapsedMs * spec.refillPerMs);
    level.atMs = nowMs;
  } else {
    level.tokens = Math.min(spec.capacity, level.tokens);
    if (-elapsedMs > fillMs(spec)) level.atMs = nowMs;
  }
}

/** Whether a bucket that stands at `level` has `tokens`. */
export function affords(level: number, tokens: number): boolean {
  return level + EPSILON >= tokens;
}

/**
 * What to tell of a bucket that stands at `level` after the decision. A bucket whose capacity is below what was asked for
 * never has enough: `retryAfterMs` is Infinity then.
 */
export function bucketDecision(
  spec: BucketSpec,
  level: number,
  tokens: number,
  allowed: boolean,
): BucketDecision {
  const missing = allowed ? 0 : Math.max(0, tokens - level);
  return {
    spec,
    allowed,
    remaining: Math.max(0, Math.floor(level + EPSILON)),
    resetMs: Math.max(0, (spec.capacity - level) / spec.refillPerMs),
    retryAfterMs: tokens > spec.capacity && !allowed ? Number.POSITIVE_INFINITY : missing / spec.refillPerMs,
  };
}

export function allAllowed(decisions: readonly BucketDecision[]): boolean {
  for (let i = 0; i < decisions.length; i += 1) if (!decisions[i]?.allowed) return false;
  return true;
}

/** A spec of which `shares` processes each have one part; never below one token, or nobody would be admitted. */
export function shareOf(spec: BucketSpec, shares: number): BucketSpec {
  if (shares <= 1) return spec;
  return {
    name: spec.name,
    capacity: Math.max(1, spec.capacity / shares),
    refillPerMs: spec.refillPerMs / shares,
  };
}
