/**
 * Time in tests of BFFs: it stands still while anything goes on, and goes to the next timer when nothing does. A screen with
 * a deadline of 800 ms takes none, and a slow part is as slow as it was told to be.
 */
import type { Clock } from '../core/clock.ts';

/** Turns of the event loop after which nothing is going on any more that does not wait for time. */
const QUIET_TURNS = 4;
/** Real time that an answer of a test's making may take before time goes on without it, milliseconds. */
const PATIENCE_MS = 1000;

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** 1 January 2026. */
const WALL_START_MS = Date.UTC(2026, 0, 1);

export class VirtualClock implements Clock {
  #now = 0;
  /** In the order in which they were set. */
  readonly #timers = new Set<Timer>();
  readonly #busy = new Set<Promise<unknown>>();

  now(): number {
    return this.#now;
  }

  wall(): number {
    return WALL_START_MS + this.#now;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Time passes on this clock. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Time stands still while this real work goes on. */
  busy<Value>(work: Promise<Value>): Promise<Value> {
    this.#busy.add(work);
    const forget = (): void => void this.#busy.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Until whatever may go on without time has done so. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < QUIET_TURNS; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#busy.size === 0) continue;
      const all = [...this.#busy];
      // One that never answers holds nobody up a second time.
      if (!(await settles(Promise.allSettled(all)))) for (const work of all) this.#busy.delete(work);
      turn = -1;
    }
  }

  /** Lets time pass, timer by timer, with all that comes of each. */
  async advance(byMs: number): Promise<void> {
    const until = this.now() + byMs;
    for (;;) {
      await this.quiet();
      const next = this.#next();
      if (!next || next.at > until) break;
      this.#fire(next);
    }
    this.#now = until;
    await this.quiet();
  }

  /** Lets time pass until `work` has settled. Rejects where nothing is left that could settle it. */
  async drive<Value>(work: Promise<Value>): Promise<Value> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    work.then(end, end);
    for (;;) {
      await this.quiet();
      if (isOver) return work;
      const next = this.#next();
      if (!next) {
        if (await settles(work)) return work;
        throw new Error(
          'this never ends: something waits that is neither a call, nor a timer of the test’s clock',
        );
      }
      this.#fire(next);
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || timer.at < next.at) next = timer;
    return next;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.fire();
  }
}

/** Whether it settles in a while of real time: what is waited for is real, too. */
async function settles(work: Promise<unknown>): Promise<boolean> {
  const { promise: tooLong, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), PATIENCE_MS);
  const settled = () => true;
  try {
    return await Promise.race([work.then(settled, settled), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
