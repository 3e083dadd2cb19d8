/**
 * How calls are shared out over levels (priorities, and within them the own zone before the others) by how healthy each
 * is, and when to stop believing what is said of health. As Envoy does it: a level is taken to be able to carry `spill`
 * times its healthy part; what is beyond that goes to the next one.
 */

export interface LevelHealth {
  /** Weight of all its endpoints. */
  readonly total: number;
  /** Of those that are neither ejected nor found ill. */
  readonly healthy: number;
  /** Of those that would take a call besides: no open breaker. */
  readonly usable: number;
}

export interface LevelShare {
  /** Part of the calls, of 1. */
  readonly share: number;
  /** So few are healthy, and so little is there elsewhere, that all are asked. */
  readonly panic: boolean;
}

/** In the order of the levels. The shares are 1 together, unless there is no level. */
export function levelShares(
  levels: readonly LevelHealth[],
  spill: number,
  panicBelow: number,
): readonly LevelShare[] {
  const capacity = levels.map(({ total, usable }) => (total > 0 ? Math.min(1, (spill * usable) / total) : 0));
  const carried = capacity.reduce((sum, one) => sum + one, 0);
  if (carried >= 1) return inOrder(capacity);
  const panics = levels.map(({ total, healthy }) => total > 0 && healthy < total * panicBelow);
  if (panics.every(Boolean)) {
    // Nobody is to be believed: every endpoint counts the same.
    const weight = levels.reduce((sum, { total }) => sum + total, 0);
    return levels.map(({ total }) => ({ share: total / weight, panic: true }));
  }
  return levels.map((_, i) => ({
    share: carried > 0 ? (capacity[i] ?? 0) / carried : i === 0 ? 1 : 0,
    panic: panics[i] ?? false,
  }));
}

/** Each takes what it can carry of what those before it have left. */
function inOrder(capacity: readonly number[]): LevelShare[] {
  let left = 1;
  return capacity.map((one) => {
    const share = Math.min(one, left);
    left -= share;
    return { share, panic: false };
  });
}
