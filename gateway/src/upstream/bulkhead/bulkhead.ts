/**
 * Caps how many calls one endpoint carries at once, so that a slow backend cannot take everybody's memory and
 * sockets. Past the cap calls wait in a short queue, by priority, for a short time; past the queue they are refused,
 * the least important first. A slot is held until the reply's last byte. The cap may be moved while calls are under
 * way; those that have a place keep it.
 */
import { z } from 'zod';
import type { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { NORMAL_PRIORITY, type Priority } from '../../core/priority.ts';
import { durationMs } from '../../settings/settings.ts';
import { concurrencyConfig } from './adaptive-config.ts';
import { Waiter, WaitingRoom } from './waiting-room.ts';

export const bulkheadConfig = z
  .strictObject({
    maxInFlight: z.int().min(1).max(100_000).default(256).describe('Calls that one endpoint carries at once'),
    maxQueue: z.int().min(0).max(100_000).default(64).describe('Calls that may wait for a place'),
    queueFor: durationMs.prefault('1s').describe('Longest wait for a place'),
    concurrency: concurrencyConfig,
    maxStreams: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1000)
      .describe('Subscriptions and sockets that one endpoint carries at once, beside its calls'),
  })
  .prefault({});

export type BulkheadConfig = z.output<typeof bulkheadConfig>;

/** What one bulkhead keeps to. */
export type BulkheadLimits = Pick<BulkheadConfig, 'maxInFlight' | 'maxQueue' | 'queueFor'>;

/** By so much of the longest wait a class counts as having come later than the next higher one. */
const AGING = 0.25;

export class Bulkhead {
  readonly #config: BulkheadLimits;
  readonly #clock: Clock;
  readonly #waiting: WaitingRoom;
  #limit: number;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(config: BulkheadLimits, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#limit = config.maxInFlight;
    this.#waiting = new WaitingRoom(config.queueFor * AGING);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  /** How many may be in flight now: at most what is configured. */
  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = Math.max(1, Math.min(this.#config.maxInFlight, Math.floor(limit)));
    while (this.#inFlight < this.#limit) {
      const { next } = this.#waiting;
      if (!next) return;
      this.#inFlight += 1;
      next.admit();
    }
  }

  /** Whether there is a place without waiting. */
  get hasRoom(): boolean {
    return this.#inFlight < this.#limit;
  }

  /** Whether `enter` would refuse a call that is no more important than those who wait. */
  get full(): boolean {
    return !this.hasRoom && this.#waiting.size >= this.#config.maxQueue;
  }

  /** Whether `enter` would take a call of this priority, if need be in the place of a lesser one. */
  admits(priority: Priority): boolean {
    return !this.full || this.#waiting.yielding(priority, this.#clock.now()) !== undefined;
  }

  /**
   * Takes a place: `undefined` when there was one, else a promise of one. That rejects with `bulkhead_full` (queue
   * full, waited too long) or with the reason of the cancellation. Each place that was given is returned by `leave`.
   */
  enter(cancellation: Cancellation, priority: Priority = NORMAL_PRIORITY): Promise<void> | undefined {
    if (this.hasRoom) {
      this.#inFlight += 1;
      return undefined;
    }
    if (this.#waiting.size >= this.#config.maxQueue) {
      const yielding = this.#waiting.yielding(priority, this.#clock.now());
      if (!yielding) return Promise.reject(refusal('in flight and queue are full'));
      yielding.evict();
    }
    return this.#wait(cancellation, priority);
  }

  leave(): void {
    // The place passes from hand to hand, so that a newcomer cannot take it before those who wait.
    const next = this.#inFlight <= this.#limit ? this.#waiting.next : undefined;
    if (next) next.admit();
    else {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle?.();
    }
  }

  /** Resolves when no call has a place: as long as some wait, others have. For whoever sends no more calls, once. */
  whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    return promise;
  }

  #wait(cancellation: Cancellation, priority: Priority): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => {
      this.#waiting.remove(waiter);
      stopListening();
      disarm();
    };
    const refuse = (detail: string): void => {
      stop();
      reject(refusal(detail));
    };
    const admit = (): void => {
      stop();
      resolve();
    };
    const evict = (): void => refuse('the queue is full of more important calls');
    const waiter = new Waiter(priority, this.#clock.now(), admit, evict);
    const { queueFor } = this.#config;
    const disarm = this.#clock.after(queueFor, () => refuse(`no place within ${queueFor} ms`));
    let stopListening = (): void => {};
    this.#waiting.add(waiter);
    stopListening = cancellation.onCancel((reason) => {
      stop();
      reject(reason);
    });
    return promise;
  }
}

function refusal(detail: string): FrontdeskError {
  return new FrontdeskError('bulkhead_full', { detail, retryAfterS: 1 });
}
