/**
 * One piece of work and all who wait for it. Each leaves by its own deadline or disconnect and disturbs nobody by it;
 * the work is cancelled when the last one has left, and its deadline is the longest of theirs.
 */
import { Cancellation } from './abort.ts';
import type { Clock } from './clock.ts';
import { Deadline } from './deadline.ts';
import type { CallContext } from './exchange.ts';

/** A place in a flight. */
class Waiting<T> {
  readonly context: CallContext;
  /** What came of the work; rejects with its error, or with what made this one leave. */
  readonly result: Promise<T>;
  readonly #flight: Flight<T>;
  readonly #resolve: (result: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #stopListening: () => void;

  constructor(flight: Flight<T>, context: CallContext) {
    this.context = context;
    this.#flight = flight;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.result = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stopListening = context.cancellation.onCancel((reason) => this.leave(reason));
  }

  leave(reason: Error): void {
    this.#stopListening();
    this.#reject(reason);
    this.#flight.leave(this, reason);
  }

  take(result: T): void {
    this.#stopListening();
    this.#resolve(result);
  }

  fail(error: unknown): void {
    this.#stopListening();
    this.#reject(error);
  }
}

/** As long as the longest of those who wait. */
class LongestDeadline extends Deadline {
  readonly #flight: { remainingMs(): number };

  constructor(clock: Clock, cancellation: Cancellation, flight: { remainingMs(): number }) {
    super(clock, cancellation);
    this.#flight = flight;
  }

  override remainingMs(): number {
    return this.#flight.remainingMs();
  }
}

export abstract class Flight<T> {
  readonly cancellation = new Cancellation();
  #waiting: Waiting<T>[] = [];

  /** Nobody may join any more. May be called more than once. */
  protected abstract over(): void;

  /** Takes a place. Whoever is cancelled already must not ask for one. */
  join(context: CallContext): Waiting<T> {
    const waiting = new Waiting(this, context);
    this.#waiting.push(waiting);
    return waiting;
  }

  leave(waiting: Waiting<T>, reason: Error): void {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    if (this.#waiting.length > 0) return;
    this.over();
    this.cancellation.cancel(reason);
  }

  /** The longest that anybody would wait. */
  remainingMs(): number {
    let longest = 0;
    for (const { context } of this.#waiting) longest = Math.max(longest, context.deadline.remainingMs());
    return longest;
  }

  /** The context in which the work is done for all, told as the work of `first`. */
  contextFor(first: CallContext, clock: Clock): CallContext {
    const { id, client, host, identity, timeline, trace, priority } = first;
    const { cancellation } = this;
    const deadline = new LongestDeadline(clock, cancellation, this);
    return { id, client, host, identity, timeline, trace, priority, cancellation, deadline };
  }

  finish(result: T): void {
    for (const waiting of this.#end()) waiting.take(result);
  }

  fail(error: unknown): void {
    for (const waiting of this.#end()) waiting.fail(error);
  }

  #end(): Waiting<T>[] {
    this.over();
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
