/**
 * How long things took, as counts by range: ranges grow by a ninth each, so that what processes counted apart can be added,
 * and a percentile of the sum is within 5 % of the true one. Sparse on the wire: `[range, count, range, count, …]`.
 */

/** Upper end of the first range. */
const FIRST_MS = 0.125;
/** Ranges to a doubling. */
const PER_DOUBLING = 8;
/** The last holds all above 131 s. */
const MOST_RANGES = 161;

export interface LatencyCounts {
  /** Pairs, ascending by range. */
  readonly counts: readonly number[];
  readonly maxMs: number;
}

export const NO_LATENCIES: LatencyCounts = { counts: [], maxMs: 0 };

/** The range of a time. */
export function rangeOf(ms: number): number {
  if (!(ms > FIRST_MS)) return 0;
  return Math.min(MOST_RANGES - 1, Math.ceil(Math.log2(ms / FIRST_MS) * PER_DOUBLING));
}

/** The middle of a range, in milliseconds. */
export function rangeMs(range: number): number {
  return range === 0 ? FIRST_MS / 2 : FIRST_MS * 2 ** ((range - 0.5) / PER_DOUBLING);
}

/** Counts as they are made. */
export class LatencyCounter {
  readonly #counts = new Map<number, number>();
  #maxMs = 0;

  add(ms: number): void {
    const range = rangeOf(ms);
    this.#counts.set(range, (this.#counts.get(range) ?? 0) + 1);
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  get counts(): LatencyCounts {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b);
    return { counts: sorted.flat(), maxMs: this.#maxMs };
  }
}

export function addLatencies(a: LatencyCounts, b: LatencyCounts): LatencyCounts {
  const sum = new Map<number, number>();
  for (const { counts } of [a, b]) {
    for (let i = 0; i + 1 < counts.length; i += 2) {
      const range = counts[i] ?? 0;
      sum.set(range, (sum.get(range) ?? 0) + (counts[i + 1] ?? 0));
    }
  }
  const sorted = [...sum].sort(([one], [other]) => one - other);
  return { counts: sorted.flat(), maxMs: Math.max(a.maxMs, b.maxMs) };
}

/** The time that a share of all (0.99) did not exceed; `undefined` where nothing was counted. */
export function quantileMs({ counts, maxMs }: LatencyCounts, share: number): number | undefined {
  let total = 0;
  for (let i = 1; i < counts.length; i += 2) total += counts[i] ?? 0;
  if (total === 0) return undefined;
  let left = Math.ceil(total * share);
  for (let i = 0; i + 1 < counts.length; i += 2) {
    left -= counts[i + 1] ?? 0;
    if (left <= 0) return Math.min(rangeMs(counts[i] ?? 0), maxMs);
  }
  return maxMs;
}
