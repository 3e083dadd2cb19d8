/**
 * The leaky bucket: who is admitted waits for its turn, so that what is behind it gets an even flow. What waits is
 * bounded: `capacity` is the one whose turn it is and those in the queue, and what finds that full is refused. It is a
 * schedule, not a list: how many have yet to go, which shrinks at the pace of `refill`.
 *
 * Invariants: turns are at least 1 / refill apart (n of them after a draw of n), none is later than
 * (capacity − 1) / refill from its asking, and over any time t no more than capacity + refill × t is admitted.
 * Under a changed spec those who wait still count: the queue is as long as it was, and shrinks at the new pace.
 */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';
import { turnMs } from '../decision.ts';
import { shareOf } from '../leases/share.ts';
import type { LeakyBucketSpec, LimitDecision, LimitSpec, LimitState } from '../limiter.ts';
import { bucketDecision, fillMs, limitRate } from './token-bucket.ts';

/** `{ algorithm: leaky-bucket, rate: 10/s, queue: 20 }` */
export const leakyBucketConfig = z.strictObject({
  algorithm: z.literal('leaky-bucket').describe('Requests wait for their turn, in a bounded queue'),
  rate: limitRate.describe('The pace at which requests go on, such as 10/s'),
  queue: z
    .int('expected a whole number')
    .min(0, 'expected 0 at least')
    .max(100_000)
    .default(10)
    .describe('Requests that may wait; past it they are refused'),
  maxWait: durationMs
    .refine((ms) => ms <= 60_000, 'expected 1m at most')
    .prefault('10s')
    .describe('The longest wait: the queue is cut to what goes on in it'),
});

export type LeakyBucketConfig = z.output<typeof leakyBucketConfig>;

export function leakyBucketSpec(name: string, config: LeakyBucketConfig): LeakyBucketSpec {
  const queue = Math.min(config.queue, Math.floor(config.rate * config.maxWait));
  return { algorithm: 'leaky-bucket', name, capacity: queue + 1, refillPerMs: config.rate };
}

export class LeakyBucket implements LimitState {
  spec: LeakyBucketSpec;
  readonly weight = 1;
  /** Tokens that have yet to go, with the part that is left of the one which goes. */
  waiting: number;
  atMs: number;
  #behindMs = 0;

  constructor(spec: LeakyBucketSpec, waiting: number, atMs: number) {
    this.spec = spec;
    this.waiting = waiting;
    this.atMs = atMs;
  }

  change(spec: LimitSpec, nowMs: number): boolean {
    if (spec.algorithm !== 'leaky-bucket') return false;
    if (spec.refillPerMs !== this.spec.refillPerMs) this.advance(nowMs);
    this.spec = spec;
    return true;
  }

  advance(nowMs: number): void {
    const elapsedMs = nowMs - this.atMs;
    if (elapsedMs >= 0) {
      this.waiting = Math.max(0, this.waiting - elapsedMs * this.spec.refillPerMs);
      this.atMs = nowMs;
    } else if (-elapsedMs > fillMs(this.spec)) {
      this.atMs = nowMs;
    }
    this.#behindMs = this.atMs - nowMs;
  }

  available(): number {
    return this.spec.capacity - this.waiting;
  }

  draw(tokens: number): void {
    this.waiting += tokens;
  }

  decision(tokens: number, allowed: boolean): LimitDecision {
    const available = this.available();
    const decision = bucketDecision(this.spec, available, tokens, allowed, this.#behindMs);
    return allowed ? { ...decision, waitMs: turnMs(this.spec, available, tokens) } : decision;
  }

  divide(shares: number): void {
    this.waiting /= shares;
    this.spec = shareOf(this.spec, shares);
  }
}
