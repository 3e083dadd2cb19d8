/**
 * One client of a subscription: pulls its events, as JSON texts, in order and without gaps. What waits for it is
 * bounded by whoever pushes; where the subscription ends for another reason than that its source did, the last payload
 * is a response with the error alone.
 */
import type { FrontdeskError } from '../../core/errors.ts';
import { errorText } from '../refusal.ts';
import type { QueueConfig } from './config.ts';
import { EventQueue } from './event-queue.ts';

export class Subscriber implements AsyncIterableIterator<string> {
  readonly #queue: EventQueue<string>;
  #onLeave: (() => void) | undefined;
  #onOver: (() => void) | undefined;
  #onRoom: (() => void) | undefined;

  /** `onLeave` is called once, when the client wants no more. */
  constructor(config: QueueConfig, onLeave: () => void) {
    this.#onLeave = onLeave;
    this.#queue = new EventQueue({
      maxItems: config.events,
      maxSize: config.size,
      sizeOf: (text) => text.length,
      onRoom: () => this.#roomMade(),
    });
  }

  get full(): boolean {
    return this.#queue.full;
  }

  push(text: string): void {
    this.#queue.push(text);
  }

  /** Calls `made` once: when there is room again, or nothing more is wanted. */
  onRoom(made: () => void): void {
    this.#onRoom = made;
  }

  /** Calls `over` once, when nothing more is pushed. */
  onOver(over: () => void): void {
    if (this.#queue.ended) over();
    else this.#onOver = over;
  }

  /** The source has ended, or (with an error) has to. */
  end(error?: FrontdeskError): void {
    this.#onLeave = undefined;
    if (error) this.#queue.push(errorText(error));
    this.#queue.end();
    this.#settle();
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    const text = await this.#queue.pull();
    return text === undefined ? { done: true, value: undefined } : { done: false, value: text };
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    this.#queue.drop();
    this.#settle();
    const leave = this.#onLeave;
    this.#onLeave = undefined;
    leave?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #settle(): void {
    this.#roomMade();
    const over = this.#onOver;
    this.#onOver = undefined;
    over?.();
  }

  #roomMade(): void {
    const made = this.#onRoom;
    this.#onRoom = undefined;
    made?.();
  }
}
