import type { Cancellation } from './abort.ts';
import type { Clock } from './clock.ts';
import { FrontdeskError } from './errors.ts';

/**
 * The instant by which a whole exchange must have its answer's head. There is one for each exchange; it may be
 * drawn nearer, never pushed away. Each attempt's timeout is cut to what remains of it.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #cancellation: Cancellation;
  #at = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;

  constructor(clock: Clock, cancellation: Cancellation) {
    this.#clock = clock;
    this.#cancellation = cancellation;
  }

  /** Draws the deadline to `inMs` from now, where that is sooner than what stands. Past it, the exchange is cancelled. */
  within(inMs: number): void {
    const at = this.#clock.now() + inMs;
    if (at >= this.#at) return;
    this.#at = at;
    this.#disarm?.();
    this.#disarm = this.#clock.after(inMs, () => {
      this.#cancellation.cancel(new FrontdeskError('deadline_exceeded'));
    });
  }

  /** Milliseconds left, 0 when past, Infinity when none was set. */
  remainingMs(): number {
    return Math.max(0, this.#at - this.#clock.now());
  }

  /** Ends the deadline's watch: the head is out, and idle and lifetime limits take over. */
  end(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }
}
