/**
 * Whether one side of a split is worse than the stable one, for sure. Chance makes sides look different, all the more
 * the fewer calls there were, and whoever looks again and again sees what is rare: so a difference counts where it is
 * beyond the allowed one by five standard errors. At five, sides that are equal in truth are told apart wrongly in less
 * than one of a hundred runs of 1,000 windows (a normal variable that is looked at without a pause, and no margin; any margin
 * makes it rarer by orders of magnitude).
 */
import type { RollbackConfig } from './config.ts';
import { beginningOfClass, type SideWindow } from './side-window.ts';

const SURE = 5;

const QUANTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** Why a side is taken away, in numbers that an operator can follow. */
export interface Reason {
  readonly kind: 'error_rate' | 'latency';
  /** The side's rate of failures, or the part of its calls that took longer than `limit` milliseconds. */
  readonly observed: number;
  /** The stable side's. */
  readonly stable: number;
  readonly limitMs?: number;
  /** Calls of the side in the window, and of the stable one. */
  readonly calls: number;
  readonly stableCalls: number;
}

/** `undefined` where it is not worse, or nothing can be said yet. */
export function whyWorse(rules: RollbackConfig, side: SideWindow, stable: SideWindow): Reason | undefined {
  if (side.calls < rules.minimumCalls || stable.calls < rules.minimumCalls) return undefined;
  return (
    failsMore(rules.errorRate, side, stable) ??
    (rules.latency && isSlower(rules.latency, rules.minimumCalls, side, stable))
  );
}

/**
 * The difference of two rates, each with one success and one failure added (Agresti and Caffo 2000): without them a
 * few calls that all went well would have no error at all.
 */
function failsMore(margin: number, side: SideWindow, stable: SideWindow): Reason | undefined {
  const calls = side.calls + 2;
  const stableCalls = stable.calls + 2;
  const rate = (side.failures + 1) / calls;
  const stableRate = (stable.failures + 1) / stableCalls;
  const error = Math.sqrt((rate * (1 - rate)) / calls + (stableRate * (1 - stableRate)) / stableCalls);
  if (rate - stableRate - margin <= SURE * error) return undefined;
  return {
    kind: 'error_rate',
    observed: side.failures / side.calls,
    stable: stable.failures / stable.calls,
    calls: side.calls,
    stableCalls: stable.calls,
  };
}

/**
 * Were the side as fast as allowed, the part of its calls beyond the stable side's quantile, times the ratio, would be what
 * lies beyond a quantile. Both have the error of a count.
 */
function isSlower(
  { quantile, ratio, margin }: NonNullable<RollbackConfig['latency']>,
  minimumCalls: number,
  side: SideWindow,
  stable: SideWindow,
): Reason | undefined {
  const stableCalls = sum(stable.latencies);
  const calls = sum(side.latencies);
  if (calls < minimumCalls || stableCalls < minimumCalls) return undefined;
  const beyond = 1 - QUANTILES[quantile];
  const reached = endOfQuantile(stable.latencies, stableCalls * QUANTILES[quantile]);
  const limitMs = Math.max(reached * ratio, reached + margin);
  let over = 0;
  for (let i = side.latencies.length - 1; i >= 0 && beginningOfClass(i) >= limitMs; i -= 1)
    over += side.latencies[i] ?? 0;
  const observed = over / calls;
  const expected = beyond * (1 - beyond);
  const error = Math.sqrt(Math.max(expected, observed * (1 - observed)) / calls + expected / stableCalls);
  if (observed - beyond <= SURE * error) return undefined;
  return { kind: 'latency', observed, stable: beyond, limitMs: Math.round(limitMs), calls, stableCalls };
}

/** Where the class ends in which so many calls are reached. */
function endOfQuantile(latencies: Uint32Array, wanted: number): number {
  let seen = 0;
  for (const [i, count] of latencies.entries()) {
    seen += count;
    if (seen >= wanted) return beginningOfClass(i + 1);
  }
  return Number.POSITIVE_INFINITY;
}

function sum(counts: Uint32Array): number {
  let all = 0;
  for (const count of counts) all += count;
  return all;
}
