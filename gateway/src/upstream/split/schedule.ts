/** Steps in time: which one holds, and when the next begins. */

/** The longest that is waited at once: timers of the platform end at 24 days. */
export const LONGEST_WAIT_MS = 24 * 3_600_000;

export interface Step {
  /** The share, of 1. */
  readonly weight: number;
  /** Milliseconds; `undefined` for ever. */
  readonly for?: number | undefined;
}

export interface StepNow {
  /** -1 before the first. */
  readonly index: number;
  /** Milliseconds until the next begins; `undefined` in the last. */
  readonly nextInMs: number | undefined;
}

/** `elapsedMs` since the first step's beginning; negative before it. */
export function stepAt(steps: readonly Step[], elapsedMs: number): StepNow {
  if (elapsedMs < 0) return { index: -1, nextInMs: -elapsedMs };
  let endsAt = 0;
  for (const [index, step] of steps.entries()) {
    if (step.for === undefined) return { index, nextInMs: undefined };
    endsAt += step.for;
    if (elapsedMs < endsAt) return { index, nextInMs: endsAt - elapsedMs };
  }
  return { index: steps.length - 1, nextInMs: undefined };
}

/** Milliseconds from the first step's beginning to this one's. */
export function beginningOf(steps: readonly Step[], index: number): number {
  return steps.slice(0, Math.max(0, index)).reduce((sum, step) => sum + (step.for ?? 0), 0);
}
