/** Events for one reader, in their order: told whenever they happen, read whenever the reader is ready. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  readonly #waiting: T[] = [];
  readonly #readers: ((result: IteratorResult<T, undefined>) => void)[] = [];
  readonly #onEnd: () => void;
  #isOver = false;

  /** `onEnd` is called once: when the queue is ended, or left by its reader. */
  constructor(onEnd: () => void = () => {}) {
    this.#onEnd = onEnd;
  }

  tell(event: T): void {
    if (this.#isOver) return;
    const reader = this.#readers.shift();
    if (reader) reader({ done: false, value: event });
    else this.#waiting.push(event);
  }

  /** What was told is still read. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const [event] = this.#waiting.splice(0, 1);
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The same events as something else. */
  map<U>(change: (event: T) => U): AsyncIterableIterator<U> {
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: async () => {
        const { done, value } = await this.next();
        return done ? { done, value: undefined } : { done: false, value: change(value) };
      },
      return: async () => {
        this.end();
        return { done: true, value: undefined };
      },
    };
  }
}
