/**
 * The part of a limit that one of several processes has, where they admit side by side without knowing of each other.
 * Together the parts are the whole, but for limits of fewer tokens than processes: a part is never below one token, or
 * nobody would be admitted. Its rate stays divided all the same: a window of its own length stretches for that; one of
 * the calendar's cannot, and admits a token to each process there.
 */
import type { LimitSpec } from '../limiter.ts';

export function shareOf<Spec extends LimitSpec>(spec: Spec, shares: number): Spec {
  if (shares <= 1) return spec;
  const capacity = Math.max(1, spec.capacity / shares);
  const share = { ...spec, capacity, refillPerMs: spec.refillPerMs / shares };
  if (!('windowMs' in spec) || 'period' in spec || spec.capacity >= shares) return share;
  return { ...share, windowMs: (spec.windowMs * shares) / spec.capacity };
}
