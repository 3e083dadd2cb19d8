import type { Clock } from './clock.ts';

/** A clock that moves only when told to: the one fake that tests of time need. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #wallStart: number;
  #timers: { at: number; order: number; fire: () => void }[] = [];
  #order = 0;

  constructor(wallStart = Date.UTC(2026, 0, 1)) {
    this.#wallStart = wallStart;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallStart + this.#now;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { at: this.#now + delayMs, order: this.#order++, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time forward, firing what falls due on the way, in order, each at its own instant. */
  advance(byMs: number): void {
    const until = this.#now + byMs;
    for (;;) {
      const due = this.#timers
        .filter((timer) => timer.at <= until)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
    }
    this.#now = until;
  }

  /** How many timers wait: a leak of timers shows here. */
  get pending(): number {
    return this.#timers.length;
  }
}
