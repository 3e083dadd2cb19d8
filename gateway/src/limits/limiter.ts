/**
 * What every limiting algorithm and store looks like to those who ask it.
 *
 * Each algorithm is one file of this room: a spec, its configuration, a `LimitState` with the arithmetic, and beside
 * it the same arithmetic in Lua for Redis. `algorithms.ts` finds the one that a spec names.
 */

/** How requests are counted. */
export type Algorithm = 'token-bucket' | 'sliding-window' | 'sliding-log' | 'fixed-window' | 'leaky-bucket';

/** How a store that processes share is asked: for every draw, or for batches that are spent without asking. */
export type Mode = 'exact' | 'leased';

interface AnySpec {
  /** The policy's name in headers, logs and metrics: a plan or an upstream. */
  readonly name: string;
  /** Most tokens that can be had at once; also what a new key starts with. */
  readonly capacity: number;
  /** Tokens that come back per millisecond, over any long time: for a window, its capacity by its length. */
  readonly refillPerMs: number;
}

export interface TokenBucketSpec extends AnySpec {
  /** What is meant where it is not said. */
  readonly algorithm?: 'token-bucket';
  /** The deployment's where it is not said. Only token buckets can be leased. */
  readonly mode?: Mode;
}

/** `capacity` is what may wait, and the one that goes; `refillPerMs` is the pace at which they go. */
export interface LeakyBucketSpec extends AnySpec {
  readonly algorithm: 'leaky-bucket';
}

export interface SlidingWindowSpec extends AnySpec {
  readonly algorithm: 'sliding-window';
  readonly windowMs: number;
}

export interface SlidingLogSpec extends AnySpec {
  readonly algorithm: 'sliding-log';
  readonly windowMs: number;
}

/** A calendar's minute, hour, day or month, in UTC. */
export type Period = 'minute' | 'hour' | 'day' | 'month';

export interface FixedWindowSpec extends AnySpec {
  readonly algorithm: 'fixed-window';
  /** Its length; the longest that it may have where that is a month. */
  readonly windowMs: number;
  /** Where it is one of the calendar's. Other windows begin at multiples of their length since the epoch. */
  readonly period?: Period;
}

export type LimitSpec =
  | TokenBucketSpec
  | LeakyBucketSpec
  | SlidingWindowSpec
  | SlidingLogSpec
  | FixedWindowSpec;

/** One limit to draw from, for one key. */
export interface LimitCheck {
  readonly spec: LimitSpec;
  /** Whose it is, in parts (scope, consumer, route), of whatever text; the store hashes them. */
  readonly key: readonly string[];
}

export interface LimitDecision {
  readonly spec: LimitSpec;
  readonly allowed: boolean;
  /** Whole tokens left after this decision. */
  readonly remaining: number;
  /** Milliseconds until all of the capacity is there again, if nobody draws. */
  readonly resetMs: number;
  /** Milliseconds until as many tokens as were asked for are there; 0 when allowed, Infinity where they never are. */
  readonly retryAfterMs: number;
  /** How long an allowed request has to wait for its turn (leaky bucket); 0 everywhere else. */
  readonly waitMs: number;
}

export type Decisions = readonly LimitDecision[];

export interface Limiter {
  /**
   * Draws `tokens` (≥ 0) from every limit, of whatever algorithms, or from none when one of them has too few: a
   * refused request pays nowhere. 0 asks and draws nothing. Decisions come in the order of the checks. Never rejects:
   * a store that is gone is replaced by the local fallback. A store in memory answers at once, without a promise.
   */
  take(checks: readonly LimitCheck[], tokens: number): Decisions | Promise<Decisions>;
}

/**
 * What is known of one limit for one key. Instants are milliseconds since the epoch on the clock of whoever keeps
 * it (`epoch-clock.ts`). Ask in this order: `advance`, `available`, then `draw` or not, then `decision`.
 */
export interface LimitState {
  readonly spec: LimitSpec;
  /** Instants and counts that it keeps, for whoever bounds the memory of many; 1 but for a log. */
  readonly weight: number;
  /** Goes on under another spec; nothing comes back by it. False where that one is of another algorithm. */
  change(spec: LimitSpec, nowMs: number): boolean;
  /** Brings it up to `nowMs`. Time that runs back gives nothing back. */
  advance(nowMs: number): void;
  /** Tokens that may be drawn now, with fractions; below 0 where more was drawn than there is. */
  available(): number;
  /** Takes tokens away, whether they are there or not. */
  draw(tokens: number): void;
  /** What to tell of it after `tokens` were asked for. */
  decision(tokens: number, allowed: boolean): LimitDecision;
  /** Goes on as the part of one of `shares` processes: what is available is divided, and so is the spec. */
  divide(shares: number): void;
}
