/** What stands in for an optional part that failed: a value, or the last good one of the same question. */
import { parseDuration } from '../../core/duration.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { BackendStatusError, GrpcStatusError } from '../backend-failure.ts';
import type { Duration } from '../duration-text.ts';

const LAST_GOOD: unique symbol = Symbol.for('frontdesk.bff.lastGood');

/** The last good value, for so long; `otherwise` where there is none. */
export interface LastGoodFallback<Value> {
  readonly [LAST_GOOD]: true;
  readonly forMs: number;
  readonly shared: boolean;
  readonly otherwise: Value;
}

export interface LastGoodOptions {
  /**
   * Whose value it may be. `shared`: the last good one of any caller, of a part that knows nothing of who asks.
   * Default: private, the same caller's own.
   */
  readonly scope?: 'private' | 'shared';
}

/**
 * A part's fallback: what it last gave to the same caller for the same input, where that is no older than `duration`,
 * else `otherwise` (null by default). It stands in where the backend could not answer. A backend that did answer, with
 * "no such thing" or "not for you" (4xx), is believed: `otherwise` stands then.
 */
export function lastGood<Value = null>(
  duration: Duration,
  otherwise?: Value,
  { scope = 'private' }: LastGoodOptions = {},
): LastGoodFallback<Value> {
  const forMs = parseDuration(duration);
  if (!(forMs !== undefined && forMs > 0)) {
    throw new TypeError(`lastGood: expected a duration such as 10m, not "${duration}"`);
  }
  // Left out, it is null, which is what `Value` is then.
  const value: unknown = otherwise ?? null;
  return { [LAST_GOOD]: true, forMs, shared: scope === 'shared', otherwise: value as Value };
}

export function isLastGood(fallback: unknown): fallback is LastGoodFallback<unknown> {
  return typeof fallback === 'object' && fallback !== null && LAST_GOOD in fallback;
}

/** gRPC's words for "I know, and the answer is no" (RFC 9110's 4xx, as far as trying again is of no use). */
const DEFINITE_GRPC: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'UNAUTHENTICATED',
]);
/** 4xx that say no more than "not now". */
const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429]);

/** Whether an older answer may stand in for a failure: not where there was an answer, and it was no. */
export function maySurvive(failure: unknown): boolean {
  if (failure instanceof BackendStatusError) return !isDefinite(failure.backendStatus);
  if (failure instanceof GrpcStatusError) return !DEFINITE_GRPC.has(failure.grpcStatus);
  return !(failure instanceof FrontdeskError) || !isDefinite(failure.status);
}

function isDefinite(status: number): boolean {
  return status >= 400 && status < 500 && !NOT_NOW.has(status);
}
