/**
 * How the calls are parted among the sides of a split: the line from 0 to 1 in pieces, a caller being a point on it. The
 * second side has its piece at the beginning, the third at the end, and what others leave is the first side's. So, among
 * up to three sides, one that grows takes callers from the first alone, and one that shrinks gives them back to it.
 */

interface Weighted {
  readonly weight?: number | undefined;
}

/** The shares as they were configured; they add up to 1. */
export function configuredShares(sides: readonly Weighted[]): number[] {
  const [first, ...others] = sides;
  const taken = others.reduce((sum, { weight = 0 }) => sum + weight, 0);
  const whole = first?.weight === undefined ? 100 : first.weight + taken;
  return [1 - taken / whole, ...others.map(({ weight = 0 }) => weight / whole)];
}

/** The side of a point in [0, 1). */
export function sideAt(shares: readonly number[], point: number): number {
  let bottom = 0;
  let top = 1;
  for (let side = 1; side < shares.length; side += 1) {
    const share = shares[side] ?? 0;
    if (side % 2 === 1) {
      bottom += share;
      if (point < bottom) return side;
    } else {
      top -= share;
      if (point >= top) return side;
    }
  }
  return 0;
}
