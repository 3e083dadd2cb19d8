/**
 * Caps how many calls one endpoint carries at once, so that a slow backend cannot take everybody's memory and
 * sockets. Past the cap calls wait in a short queue, first come first served, for a short time; past the queue
 * they are refused. A slot is held until the reply's last byte.
 */
import { z } from 'zod';
import type { Cancellation } from '../core/abort.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { durationMs } from '../settings/settings.ts';

export const bulkheadConfig = z
  .strictObject({
    maxInFlight: z.int().min(1).max(100_000).default(256).describe('Calls that one endpoint carries at once'),
    maxQueue: z.int().min(0).max(100_000).default(64).describe('Calls that may wait for a place'),
    queueFor: durationMs.prefault('1s').describe('Longest wait for a place'),
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
export type BulkheadLimits = Omit<BulkheadConfig, 'maxStreams'>;

interface Waiter {
  readonly admit: () => void;
}

export class Bulkhead {
  readonly #config: BulkheadLimits;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(config: BulkheadLimits, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#waiters.size;
  }

  /** Whether `enter` would refuse. */
  get full(): boolean {
    return this.#inFlight >= this.#config.maxInFlight && this.#waiters.size >= this.#config.maxQueue;
  }

  /**
   * Takes a place: `undefined` when there was one, else a promise of one. That rejects with `bulkhead_full` (queue
   * full, waited too long) or with the reason of the cancellation. Each place that was given is returned by `leave`.
   */
  enter(cancellation: Cancellation): Promise<void> | undefined {
    if (this.#inFlight < this.#config.maxInFlight) {
      this.#inFlight += 1;
      return undefined;
    }
    if (this.#waiters.size >= this.#config.maxQueue)
      return Promise.reject(refusal('in flight and queue are full'));
    return this.#wait(cancellation);
  }

  leave(): void {
    const [next] = this.#waiters;
    // The place passes from hand to hand, so that a newcomer cannot take it before those who wait.
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

  #wait(cancellation: Cancellation): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => {
      this.#waiters.delete(waiter);
      stopListening();
      disarm();
    };
    const waiter: Waiter = {
      admit: () => {
        stop();
        resolve();
      },
    };
    const disarm = this.#clock.after(this.#config.queueFor, () => {
      stop();
      reject(refusal(`no place within ${this.#config.queueFor} ms`));
    });
    let stopListening = (): void => {};
    this.#waiters.add(waiter);
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
