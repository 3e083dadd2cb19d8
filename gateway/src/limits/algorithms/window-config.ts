/** The words that the windows of all algorithms share, and what follows from them. */
import { durationMs } from '../../settings/settings.ts';
import type { Period } from '../limiter.ts';
import { capacity } from './token-bucket.ts';

const MAX_WINDOW_MS = 366 * 86_400_000;

/** A window's `limit`, the most that it admits. */
export const windowLimit = capacity;

/** A window's length, as milliseconds. */
export const windowMs = durationMs
  .refine((ms) => ms >= 1 && ms <= MAX_WINDOW_MS, 'expected a window of 1ms at least and 366d at most')
  .transform(Math.ceil);

/** The longest that each of the calendar's windows may be. */
export const PERIOD_MS: Readonly<Record<Period, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 31 * 86_400_000,
};

/** What a window's spec holds beside its algorithm. */
export function windowSpec(name: string, limit: number, lengthMs: number) {
  return { name, capacity: limit, refillPerMs: limit / lengthMs, windowMs: lengthMs };
}
