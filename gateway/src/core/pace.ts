import type { Clock } from './clock.ts';

const SECOND_MS = 1_000;

/**
 * How much of something may come in a second: as much as that at once, and not more on average. For limits within one
 * connection, where a bucket of the limits room would be too much.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#at = clock.now();
  }

  /** Counts one; false where it is too many. */
  take(): boolean {
    const now = this.#clock.now();
    const gained = ((now - this.#at) * this.#perSecond) / SECOND_MS;
    this.#left = Math.min(this.#perSecond, this.#left + gained);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
