/** Counts of good and bad events over sliding time, in slots of a fixed length: a ring, so that it never grows. */

export interface Counts {
  readonly good: number;
  readonly bad: number;
}

export class CountRing {
  readonly #slotMs: number;
  readonly #good: Float64Array;
  readonly #bad: Float64Array;
  /** The newest slot that was written, counted from the clock's origin. */
  #newest = Number.NEGATIVE_INFINITY;

  /** Remembers at least `spanMs`, to a slot. */
  constructor(slotMs: number, spanMs: number) {
    this.#slotMs = slotMs;
    const slots = Math.ceil(spanMs / slotMs) + 1;
    this.#good = new Float64Array(slots);
    this.#bad = new Float64Array(slots);
  }

  add(nowMs: number, isGood: boolean): void {
    const slot = this.#advance(nowMs);
    const counts = isGood ? this.#good : this.#bad;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }

  /** Of the slot that is under way and those before it that reach into the last `spanMs`. */
  sum(nowMs: number, spanMs: number): Counts {
    this.#advance(nowMs);
    const slots = Math.min(this.#good.length, Math.ceil(spanMs / this.#slotMs) + 1);
    let [good, bad] = [0, 0];
    for (let i = 0; i < slots; i += 1) {
      const at = this.#at(this.#newest - i);
      good += this.#good[at] ?? 0;
      bad += this.#bad[at] ?? 0;
    }
    return { good, bad };
  }

  /** Empties what has become too old, and gives the place of now. */
  #advance(nowMs: number): number {
    const now = Math.floor(nowMs / this.#slotMs);
    const from = Math.max(this.#newest + 1, now - this.#good.length + 1);
    for (let slot = from; slot <= now; slot += 1) {
      this.#good[this.#at(slot)] = 0;
      this.#bad[this.#at(slot)] = 0;
    }
    this.#newest = Math.max(this.#newest, now);
    return this.#at(now);
  }

  #at(slot: number): number {
    const { length } = this.#good;
    return ((slot % length) + length) % length;
  }
}
