/** Finds the algorithm that a spec names. */

import type { LimitDecision, LimitSpec, LimitState } from '../limiter.ts';
import { FixedWindow, windowEnd } from './fixed-window.ts';
import { LeakyBucket } from './leaky-bucket.ts';
import { SlidingLog } from './sliding-log.ts';
import { SlidingWindow } from './sliding-window.ts';
import { TokenBucket } from './token-bucket.ts';

/** The state of a key that was not seen before: everything is there. */
export function newState(spec: LimitSpec, nowMs: number): LimitState {
  return stateWith(spec, spec.capacity, nowMs);
}

/**
 * A state in which `available` tokens are left. Where an algorithm wants to know when the others were drawn it is
 * taken to be now, so that none comes back too early.
 */
export function stateWith(spec: LimitSpec, available: number, nowMs: number): LimitState {
  const used = spec.capacity - available;
  switch (spec.algorithm) {
    case 'leaky-bucket':
      return new LeakyBucket(spec, used, nowMs);
    case 'fixed-window':
      return new FixedWindow(spec, used, windowEnd(spec, nowMs), nowMs);
    case 'sliding-window':
      return new SlidingWindow(spec, used, nowMs);
    case 'sliding-log':
      return new SlidingLog(spec, used, nowMs);
    default:
      return new TokenBucket(spec, available, nowMs);
  }
}

/** The state that another store's decision tells of, as it was at `toldAtMs`. */
export function stateOf(decision: LimitDecision, toldAtMs: number): LimitState {
  return stateWith(decision.spec, decision.remaining, toldAtMs);
}

/**
 * The same state under what may be another spec: nothing comes back by a change. A state of another algorithm is
 * replaced by one of which the same part is left.
 */
export function underSpec(state: LimitState, spec: LimitSpec, nowMs: number): LimitState {
  if (state.spec === spec || state.change(spec, nowMs)) return state;
  state.advance(nowMs);
  const part = Math.min(1, state.available() / state.spec.capacity);
  return stateWith(spec, spec.capacity * part, nowMs);
}
