/**
 * What a breaker remembers of the calls behind it: the last N of them, or those of the last T milliseconds.
 * Constant memory, no allocation per call.
 */

/** What one call is held to have been. */
export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

export interface BreakerWindow extends WindowTotals {
  record(failed: boolean, slow: boolean): void;
  clear(): void;
}

const FAILED = 1;
const SLOW = 2;

/** The last `size` calls. */
export class CountWindow implements BreakerWindow {
  readonly #marks: Uint8Array;
  #next = 0;
  calls = 0;
  failures = 0;
  slow = 0;

  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }

  record(failed: boolean, slow: boolean): void {
    if (this.calls === this.#marks.length) {
      const oldest = this.#marks[this.#next] ?? 0;
      if (oldest & FAILED) this.failures -= 1;
      if (oldest & SLOW) this.slow -= 1;
    } else {
      this.calls += 1;
    }
    this.#marks[this.#next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.#next = (this.#next + 1) % this.#marks.length;
    if (failed) this.failures += 1;
    if (slow) this.slow += 1;
  }

  clear(): void {
    this.#next = 0;
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
  }
}

const SLICES = 10;

/** The calls of the last `spanMs`, kept in tenths: the oldest tenth leaves as a whole. */
export class TimeWindow implements BreakerWindow {
  readonly #sliceMs: number;
  readonly #now: () => number;
  readonly #calls = new Float64Array(SLICES);
  readonly #failures = new Float64Array(SLICES);
  readonly #slow = new Float64Array(SLICES);
  #slice: number;
  calls = 0;
  failures = 0;
  slow = 0;

  constructor(spanMs: number, now: () => number) {
    this.#sliceMs = spanMs / SLICES;
    this.#now = now;
    this.#slice = Math.floor(now() / this.#sliceMs);
  }

  record(failed: boolean, slow: boolean): void {
    this.#turn();
    const at = this.#slice % SLICES;
    this.#calls[at] = (this.#calls[at] ?? 0) + 1;
    this.calls += 1;
    if (failed) {
      this.#failures[at] = (this.#failures[at] ?? 0) + 1;
      this.failures += 1;
    }
    if (slow) {
      this.#slow[at] = (this.#slow[at] ?? 0) + 1;
      this.slow += 1;
    }
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#slow.fill(0);
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
  }

  #turn(): void {
    const current = Math.floor(this.#now() / this.#sliceMs);
    if (current - this.#slice >= SLICES) this.clear();
    else {
      for (let slice = this.#slice + 1; slice <= current; slice += 1) {
        const at = slice % SLICES;
        this.calls -= this.#calls[at] ?? 0;
        this.failures -= this.#failures[at] ?? 0;
        this.slow -= this.#slow[at] ?? 0;
        this.#calls[at] = 0;
        this.#failures[at] = 0;
        this.#slow[at] = 0;
      }
    }
    this.#slice = current;
  }
}
