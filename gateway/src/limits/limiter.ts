/** What every limiting algorithm and store looks like to those who ask it. */

/** How requests are counted. Each algorithm is one file of this room. */
export type Algorithm = 'token-bucket' | 'sliding-window' | 'sliding-log' | 'fixed-window' | 'leaky-bucket';

export interface BucketSpec {
  /** A token bucket where not set. */
  readonly algorithm?: Algorithm;
  /** The policy's name in headers, logs and metrics: a plan or an upstream. */
  readonly name: string;
  /** Most tokens it holds; also what a new one starts with. */
  readonly capacity: number;
  /** Tokens that come back per millisecond. */
  readonly refillPerMs: number;
}

/** One bucket to draw from. */
export interface BucketCheck {
  readonly spec: BucketSpec;
  /** Whose bucket it is, in parts (scope, consumer, route), of whatever text; the store hashes them. */
  readonly key: readonly string[];
}

export interface BucketDecision {
  readonly spec: BucketSpec;
  readonly allowed: boolean;
  /** Whole tokens left after this decision. */
  readonly remaining: number;
  /** Milliseconds until the bucket is full again. */
  readonly resetMs: number;
  /** Milliseconds until as many tokens as were asked for are there; 0 when allowed. */
  readonly retryAfterMs: number;
}

export type Decisions = readonly BucketDecision[];

export interface Limiter {
  /**
   * Draws `tokens` (≥ 0) from every bucket, or from none when one of them has too few: a refused request
   * pays nowhere. Decisions come in the order of the checks. Never rejects: a store that is gone is replaced
   * by the local fallback. A store in memory answers at once, without a promise.
   */
  take(checks: readonly BucketCheck[], tokens: number): Decisions | Promise<Decisions>;
}
