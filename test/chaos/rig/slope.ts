/** How fast something grows, told by its middle: single outliers, such as a sample in the middle of a burst, change nothing. */

export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Theil–Sen: the median of the slopes between all pairs, in units of `value` for each unit of `at`. 0 where there are not two points. */
export function theilSen(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, one] of points.entries()) {
    for (const other of points.slice(index + 1)) {
      if (other.at !== one.at) slopes.push((other.value - one.value) / (other.at - one.at));
    }
  }
  return median(slopes);
}

/** 0 where there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** Of the time that the points span, what is left without its first third. */
export function lastTwoThirds(points: readonly Point[]): readonly Point[] {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  return points.filter(({ at }) => at >= first + (last - first) / 3);
}
