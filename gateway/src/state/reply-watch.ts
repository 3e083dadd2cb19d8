/**
 * Tells a store that is gone from a loop that is late. Timers fire before sockets are read, so a timer alone
 * calls a healthy Redis dead whenever this process was busy for longer than the limit (measured: 156 of 1,000
 * concurrent decisions). Hence the rule: the store is gone when a command outlives the limit AND, after one more
 * turn of the event loop, in which waiting sockets are read, its reply is still not there and no other
 * command's reply came within the limit either. Replies of one connection come in order: as long as they flow,
 * a command behind them is in a queue, not lost; but past eight times the limit it is given up all the same.
 */
import type { Clock } from '../core/clock.ts';

const PATIENCE = 8;
const COMPACT_AT = 1024;

interface Waiting {
  readonly sentAt: number;
  readonly giveUp: () => void;
  done: boolean;
}

export interface ReplyWatchOptions {
  readonly limitMs: number;
  readonly clock: Clock;
  /** The error that every waiting command gets. */
  readonly gone: () => Error;
  /** Called once a verdict, before the waiting commands are given up. */
  readonly onGone: () => void;
  /** One turn of the event loop; `setImmediate`, but for tests. */
  readonly afterTurn?: (callback: () => void) => void;
}

export class ReplyWatch {
  readonly #limitMs: number;
  readonly #clock: Clock;
  readonly #gone: () => Error;
  readonly #onGone: () => void;
  readonly #afterTurn: (callback: () => void) => void;
  #queue: Waiting[] = [];
  #head = 0;
  #armed = false;
  #lastReplyAt = Number.NEGATIVE_INFINITY;

  constructor(options: ReplyWatchOptions) {
    this.#limitMs = options.limitMs;
    this.#clock = options.clock;
    this.#gone = options.gone;
    this.#onGone = options.onGone;
    this.#afterTurn = options.afterTurn ?? ((callback) => void setImmediate(callback));
  }

  /** How many commands wait for their reply. */
  get waiting(): number {
    let count = 0;
    for (let i = this.#head; i < this.#queue.length; i += 1) if (!this.#queue[i]?.done) count += 1;
    return count;
  }

  /** Follows one command that was just sent. An error reply is a reply: it passes through. */
  watch<T>(reply: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiting: Waiting = {
      sentAt: this.#clock.now(),
      giveUp: () => reject(this.#gone()),
      done: false,
    };
    this.#queue.push(waiting);
    if (!this.#armed) this.#arm(this.#limitMs);
    reply.then(
      (value) => {
        this.#answered(waiting);
        resolve(value);
      },
      (error) => {
        this.#answered(waiting);
        reject(error);
      },
    );
    return promise;
  }

  #answered(waiting: Waiting): void {
    // A reply that comes after its command was given up is still a sign of life.
    waiting.done = true;
    this.#lastReplyAt = this.#clock.now();
    while (this.#queue[this.#head]?.done) this.#head += 1;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.after(delayMs, () => {
      const firedAt = this.#clock.now();
      this.#afterTurn(() => this.#judge(firedAt));
    });
  }

  /**
   * Judges what was overdue when the timer fired, for only that had its turn of the loop: a command that was sent within
   * the turn, and then kept from its reply by a busy loop, waits for the next timer.
   */
  #judge(firedAt: number): void {
    this.#armed = false;
    const oldest = this.#queue[this.#head];
    if (!oldest) return;
    const age = firedAt - oldest.sentAt;
    const silence = firedAt - this.#lastReplyAt;
    if (age >= this.#limitMs * PATIENCE || (age >= this.#limitMs && silence >= this.#limitMs)) {
      this.#giveUpAll();
      return;
    }
    const untilOld = this.#limitMs - age;
    const untilSilent = this.#limitMs - silence;
    this.#arm(Math.max(1, untilOld, Math.min(untilSilent, this.#limitMs)));
  }

  #giveUpAll(): void {
    const abandoned = this.#queue;
    this.#queue = [];
    this.#head = 0;
    this.#onGone();
    for (const waiting of abandoned) if (!waiting.done) waiting.giveUp();
  }
}
