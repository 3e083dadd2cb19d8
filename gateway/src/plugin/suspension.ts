/**
 * Keeps requests from waiting for a plugin that stalls: after several timeouts in a row nobody waits for it for a while,
 * then one request tries. What it throws is quick, and often of one request's making: that suspends nothing.
 */
import type { Clock } from '../core/clock.ts';

const TIMEOUTS_IN_A_ROW = 5;
const SUSPENDED_MS = 10_000;

export class Suspension {
  readonly #clock: Clock;
  readonly #onChange: (suspended: boolean) => void;
  #timeouts = 0;
  #until: number | undefined;

  constructor(clock: Clock, onChange: (suspended: boolean) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** Whether a request may be given to it; the one that tries, may. */
  admits(): boolean {
    if (this.#until === undefined) return true;
    const now = this.#clock.now();
    if (now < this.#until) return false;
    this.#until = now + SUSPENDED_MS;
    return true;
  }

  timedOut(): void {
    this.#timeouts += 1;
    if (this.#timeouts < TIMEOUTS_IN_A_ROW) return;
    const begins = this.#until === undefined;
    this.#until = this.#clock.now() + SUSPENDED_MS;
    if (begins) this.#onChange(true);
  }

  /** It answered in time, be it with a failure. */
  answered(): void {
    this.#timeouts = 0;
    if (this.#until === undefined) return;
    this.#until = undefined;
    this.#onChange(false);
  }
}
