/** What the decisions of all algorithms have in common. */
import type { LimitDecision, LimitSpec } from './limiter.ts';

/** Sums of fractions fall short by less than this; it admits nothing that waited long enough for its tokens. */
export const EPSILON = 1e-9;

/** Whether `tokens` may be drawn where `available` are. */
export function affords(available: number, tokens: number): boolean {
  return available + EPSILON >= tokens;
}

/** How often one of several limits was named up to there: who names it twice pays twice. */
export function timesNamed(limits: readonly unknown[], place: number): number {
  let times = 1;
  for (let i = 0; i < place; i += 1) if (limits[i] === limits[place]) times += 1;
  return times;
}

/** Whole tokens, never below 0. */
export function wholeTokens(available: number): number {
  return Math.max(0, Math.floor(available + EPSILON));
}

export function allAllowed(decisions: readonly LimitDecision[]): boolean {
  for (let i = 0; i < decisions.length; i += 1) if (!decisions[i]?.allowed) return false;
  return true;
}

/** A decision as a store counted it out: `retryAfterMs` is Infinity where more was asked for than there ever is. */
export function toldDecision(
  spec: LimitSpec,
  tokens: number,
  allowed: boolean,
  told: { readonly available: number; readonly resetMs: number; readonly retryAfterMs: number },
): LimitDecision {
  const never = !allowed && tokens > spec.capacity;
  return {
    spec,
    allowed,
    remaining: wholeTokens(told.available),
    resetMs: Math.max(0, told.resetMs),
    retryAfterMs: never ? Number.POSITIVE_INFINITY : allowed ? 0 : Math.max(0, told.retryAfterMs),
    waitMs: allowed && spec.algorithm === 'leaky-bucket' ? turnMs(spec, told.available, tokens) : 0,
  };
}

/** How long a leaky bucket makes those wait who drew `tokens` and left `available`: until all before them have gone. */
export function turnMs(spec: LimitSpec, available: number, tokens: number): number {
  const before = spec.capacity - available - tokens;
  return before <= EPSILON || tokens === 0 ? 0 : before / spec.refillPerMs;
}
