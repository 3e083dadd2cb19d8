/**
 * A queue between somebody who pushes and somebody who pulls. It is bounded by the pusher's care: `push` says when to
 * stop, `onRoom` when to go on. What was pushed before the end is still pulled, in order; then the end is.
 */

export interface EventQueueOptions<T> {
  readonly maxItems: number;
  readonly maxSize: number;
  sizeOf(item: T): number;
  /** Called when it was full and is half empty again. */
  onRoom?(): void;
}

interface Puller<T> {
  resolve(item: T | undefined): void;
  reject(error: Error): void;
}

export class EventQueue<T> {
  readonly #options: EventQueueOptions<T>;
  #items: T[] = [];
  #size = 0;
  #wasFull = false;
  #ended = false;
  #error: Error | undefined;
  readonly #pullers: Puller<T>[] = [];

  constructor(options: EventQueueOptions<T>) {
    this.#options = options;
  }

  get length(): number {
    return this.#items.length;
  }

  get full(): boolean {
    return this.#items.length >= this.#options.maxItems || this.#size >= this.#options.maxSize;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** False: no more until `onRoom`. After the end nothing is taken. */
  push(item: T): boolean {
    if (this.#ended) return true;
    const puller = this.#pullers.shift();
    if (puller) {
      puller.resolve(item);
      return true;
    }
    this.#items.push(item);
    this.#size += this.#options.sizeOf(item);
    if (!this.full) return true;
    this.#wasFull = true;
    return false;
  }

  /** Nothing comes after what is there; with an error, that is the last that is pulled. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const puller of this.#pullers.splice(0)) {
      if (this.#error) puller.reject(this.#error);
      else puller.resolve(undefined);
      this.#error = undefined;
    }
  }

  /** Ends it and drops what is there. */
  drop(): void {
    this.#items = [];
    this.#size = 0;
    this.#error = undefined;
    this.end();
    this.#error = undefined;
  }

  /** The next item; `undefined` at the end. Rejects, once, with the error that ended it. */
  pull(): Promise<T | undefined> {
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#size -= this.#options.sizeOf(item);
      this.#tellRoom();
      return Promise.resolve(item);
    }
    if (!this.#ended) return new Promise((resolve, reject) => this.#pullers.push({ resolve, reject }));
    const error = this.#error;
    this.#error = undefined;
    return error ? Promise.reject(error) : Promise.resolve(undefined);
  }

  #tellRoom(): void {
    const { maxItems, maxSize, onRoom } = this.#options;
    if (!this.#wasFull || this.#items.length * 2 > maxItems || this.#size * 2 > maxSize) return;
    this.#wasFull = false;
    onRoom?.call(this.#options);
  }
}
