/**
 * Timers that all wait equally long, in one list in the order in which they end, behind one timer of node's. Nearly
 * every timer of a request is called off long before its time: here that is two pointers, where a timer of its own
 * costs a microsecond (a `Timeout`, its place among node's timers, and `unref`).
 *
 * Invariant: nothing fires before its time, and what waits fires in the order in which it was set.
 */
class Waiting {
  /** Monotonic milliseconds at which it is over. */
  at = 0;
  fire: (() => void) | undefined = undefined;
  before: Waiting = this;
  after: Waiting = this;
}

export class TimerList {
  readonly #delayMs: number;
  readonly #now: () => number;
  /** A ring of all that wait; this one is its beginning and its end. */
  readonly #ring = new Waiting();
  #armed = false;

  /** `now`: monotonic milliseconds. */
  constructor(delayMs: number, now: () => number) {
    this.#delayMs = delayMs;
    this.#now = now;
  }

  /** Calls `fire` once when the delay is over, unless the returned function is called before. */
  add(fire: () => void): () => void {
    const ring = this.#ring;
    const last = ring.before;
    const waiting = new Waiting();
    waiting.at = this.#now() + this.#delayMs;
    waiting.fire = fire;
    waiting.before = last;
    waiting.after = ring;
    last.after = waiting;
    ring.before = waiting;
    if (!this.#armed) this.#arm(this.#delayMs);
    return () => {
      if (waiting.fire) remove(waiting);
    };
  }

  /** One timer for the first that waits; it is left alone when that one is called off, and looks again when it fires. */
  #arm(inMs: number): void {
    this.#armed = true;
    setTimeout(() => this.#look(), Math.ceil(inMs)).unref();
  }

  #look(): void {
    this.#armed = false;
    const ring = this.#ring;
    const nowMs = this.#now();
    try {
      while (ring.after !== ring && ring.after.at <= nowMs) {
        const first = ring.after;
        const { fire } = first;
        remove(first);
        fire?.();
      }
    } finally {
      // One that throws must not take the others' turn.
      if (ring.after !== ring && !this.#armed) this.#arm(Math.max(0, ring.after.at - nowMs));
    }
  }
}

function remove(waiting: Waiting): void {
  waiting.fire = undefined;
  waiting.before.after = waiting.after;
  waiting.after.before = waiting.before;
}
