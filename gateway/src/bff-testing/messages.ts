/** Streams of a test's making: a list of messages, any async iterable, or a feed that the test pushes into. */
import type { Cancellation } from '../core/abort.ts';
import { FrontdeskError } from '../core/errors.ts';

/** A stream that a test pushes into: hand it to a fake, and drive it. */
export interface FakeFeed<Message> extends AsyncIterable<Message> {
  /** Those who follow get it; where nobody does, the next who does. */
  push(...messages: readonly Message[]): void;
  /** The backend ends it in order. */
  end(): void;
  /** It breaks: as `upstream_reset` where nothing is said. Whoever follows again begins anew. */
  fail(error?: Error): void;
  /** How often it was opened, and how many follow now. */
  readonly opened: number;
  readonly following: number;
}

/** Kept for a follower who does not read, or for the first one. */
const MAX_WAITING = 10_000;

/** Makes a stream that a test pushes into. */
export function fakeFeed<Message>(): FakeFeed<Message> {
  return new PushedFeed<Message>();
}

class PushedFeed<Message> implements FakeFeed<Message> {
  opened = 0;
  readonly #followers = new Set<Follower<Message>>();
  #early: Message[] = [];

  get following(): number {
    return this.#followers.size;
  }

  push(...messages: readonly Message[]): void {
    if (this.#followers.size === 0) this.#early = [...this.#early, ...messages].slice(-MAX_WAITING);
    for (const follower of this.#followers) follower.push(messages);
  }

  end(): void {
    for (const follower of this.#followers) follower.end(undefined);
    this.#followers.clear();
  }

  fail(error: Error = new FrontdeskError('upstream_reset', { detail: 'a fault of the test' })): void {
    for (const follower of this.#followers) follower.end(error);
    this.#followers.clear();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    this.opened += 1;
    const follower = new Follower<Message>(() => this.#followers.delete(follower));
    this.#followers.add(follower);
    follower.push(this.#early.splice(0));
    return follower;
  }
}

class Follower<Message> implements AsyncIterator<Message> {
  readonly #leave: () => void;
  readonly #waiting: Message[] = [];
  #over: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  push(messages: readonly Message[]): void {
    if (this.#waiting.length + messages.length > MAX_WAITING) {
      throw new RangeError(`a feed that nobody reads holds ${MAX_WAITING} messages`);
    }
    this.#waiting.push(...messages);
    this.#wake?.();
  }

  end(error: Error | undefined): void {
    this.#over ??= { error };
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<Message, undefined>> {
    for (;;) {
      const [value] = this.#waiting.splice(0, 1);
      if (value !== undefined) return { value, done: false };
      if (this.#over?.error) throw this.#over.error;
      if (this.#over) return { value: undefined, done: true };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<Message, undefined>> {
    this.#leave();
    this.end(undefined);
    return { value: undefined, done: true };
  }
}

/** The messages of an answer. Leaving the loop, or the cancellation, leaves its source. */
export function messagesOf(answer: unknown, to: string, cancellation: Cancellation): Messages {
  if (Array.isArray(answer)) return new Messages(listed(answer), cancellation);
  if (!isAsyncIterable(answer)) {
    throw new TypeError(`${to}: a stream is answered by a list, an async iterable or fakeFeed()`);
  }
  return new Messages(answer[Symbol.asyncIterator](), cancellation);
}

/** No generator: one that waits for its source could not be left. */
export class Messages implements AsyncIterableIterator<unknown, undefined> {
  readonly #source: AsyncIterator<unknown>;
  readonly #gone = Promise.withResolvers<never>();
  readonly #unlisten: () => void;

  constructor(source: AsyncIterator<unknown>, cancellation: Cancellation) {
    this.#source = source;
    this.#gone.promise.catch(() => {});
    this.#unlisten = cancellation.onCancel((reason) => {
      this.#gone.reject(reason);
      this.#leave();
    });
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    const { value, done } = await Promise.race([this.#source.next(), this.#gone.promise]);
    if (!done) return { value, done: false };
    this.#unlisten();
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#unlisten();
    this.#leave();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): Messages {
    return this;
  }

  #leave(): void {
    this.#source.return?.().catch(() => {});
  }
}

async function* listed(messages: readonly unknown[]): AsyncGenerator<unknown, void, undefined> {
  yield* messages;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
