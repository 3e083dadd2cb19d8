/**
 * The error budget of one BFF: what its objective lets go wrong, how fast that is used up, and what is left. Judged by
 * several windows with several burn rates (Google, "The Site Reliability Workbook", ch. 5, the sixth way): a long window says
 * that it matters, a short one that it still goes on. A burn rate of 1 uses up exactly the budget within the objective's
 * window. All is of this process alone, since it started: what several say together is the metrics' matter.
 */
import type { Clock } from '../../core/clock.ts';
import { CountRing, type Counts } from './count-ring.ts';
import type { ObjectiveConfig } from './objective.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export type Burning = 'none' | 'slow' | 'steady' | 'fast';

/** A part of the budget that must not go within the long window; the short one is a twelfth of it. */
const ALARMS: readonly { readonly burning: Burning; readonly share: number; readonly longMs: number }[] = [
  { burning: 'fast', share: 0.02, longMs: HOUR_MS },
  { burning: 'steady', share: 0.05, longMs: 6 * HOUR_MS },
  { burning: 'slow', share: 0.1, longMs: 72 * HOUR_MS },
];
const SHORT_SHARE = 1 / 12;
/** With fewer failures within the long window a rate says nothing. */
const FEWEST_FAILURES = 5;

/** The windows that operators are shown. */
export const BURN_WINDOWS = { '5m': 5 * MINUTE_MS, '1h': HOUR_MS, '6h': 6 * HOUR_MS } as const;

export class ErrorBudget {
  readonly #clock: Clock;
  readonly #minutes: CountRing;
  readonly #hours: CountRing;
  readonly #windowMs: number;
  /** The share of events that may be bad. */
  readonly #allowed: number;

  constructor({ availability, window }: Pick<ObjectiveConfig, 'availability' | 'window'>, clock: Clock) {
    this.#clock = clock;
    this.#windowMs = window;
    this.#allowed = (100 - availability) / 100;
    this.#minutes = new CountRing(MINUTE_MS, 72 * HOUR_MS);
    this.#hours = new CountRing(HOUR_MS, window);
  }

  add(isGood: boolean): void {
    const now = this.#clock.now();
    this.#minutes.add(now, isGood);
    this.#hours.add(now, isGood);
  }

  /** How many times faster than allowed the budget goes, over the last so many milliseconds (3 days at most). */
  burnRate(windowMs: number): number {
    return this.#rateOf(this.#minutes.sum(this.#clock.now(), windowMs));
  }

  /** Of the objective's window: 1 where nothing went wrong, 0 where the budget is spent, less where more went wrong. */
  get remaining(): number {
    return 1 - this.#rateOf(this.counts);
  }

  /** Within the objective's window. */
  get counts(): Counts {
    return this.#hours.sum(this.#clock.now(), this.#windowMs);
  }

  /** How fast it burns now: the worst alarm whose both windows say so. */
  get burning(): Burning {
    const now = this.#clock.now();
    for (const { burning, share, longMs } of ALARMS) {
      if (longMs > this.#windowMs) continue;
      // Of a budget for 30 days, 2 % in an hour is a rate of 14.4.
      const threshold = Math.max(1, (share * this.#windowMs) / longMs);
      const long = this.#minutes.sum(now, longMs);
      if (long.bad < FEWEST_FAILURES || this.#rateOf(long) < threshold) continue;
      if (this.#rateOf(this.#minutes.sum(now, longMs * SHORT_SHARE)) >= threshold) return burning;
    }
    return 'none';
  }

  #rateOf({ good, bad }: Counts): number {
    return bad === 0 ? 0 : bad / (good + bad) / this.#allowed;
  }
}
