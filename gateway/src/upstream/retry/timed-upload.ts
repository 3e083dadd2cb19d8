/**
 * A request body on its way to a backend, watched: when it was sent whole, and whether the backend has stopped taking
 * it. A client that is slow to send is not the backend's fault, so silence counts only while the backend says wait.
 */
import type { Body, Flow, Sink } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import type { HeaderFields } from '../../core/headers.ts';

export class TimedUpload implements Body, Sink, Flow {
  readonly #source: Body;
  readonly #clock: Clock;
  #sink: Sink | undefined;
  #flow: Flow | undefined;
  #begun = false;
  /** By the clock; `undefined` until the last byte was handed on, or the body broke. */
  #sentAt: number | undefined;
  /** Since when the backend has taken nothing; `undefined` while it takes what comes. */
  #heldSince: number | undefined;

  constructor(source: Body, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  get replayable(): boolean {
    return this.#source.replayable;
  }

  /** Since when the backend alone is waited for; `undefined` while its request is still coming. */
  get waitingSince(): number | undefined {
    return this.#begun ? this.#sentAt : Number.NEGATIVE_INFINITY;
  }

  /** Since when the backend has not taken what there is to send; `undefined` where it takes it. */
  get heldSince(): number | undefined {
    return this.#sentAt === undefined ? this.#heldSince : undefined;
  }

  start(sink: Sink): Flow {
    this.#begun = true;
    this.#sentAt = undefined;
    this.#heldSince = undefined;
    this.#sink = sink;
    this.#flow = this.#source.start(this);
    return this;
  }

  discard(reason: Error): void {
    this.#source.discard(reason);
  }

  write(chunk: Uint8Array): boolean {
    const goOn = this.#sink?.write(chunk) ?? false;
    if (!goOn) this.#heldSince ??= this.#clock.now();
    return goOn;
  }

  end(trailers?: HeaderFields): void {
    this.#sentAt = this.#clock.now();
    this.#sink?.end(trailers);
  }

  fail(error: Error): void {
    this.#sentAt = this.#clock.now();
    this.#sink?.fail(error);
  }

  resume(): void {
    this.#heldSince = undefined;
    this.#flow?.resume();
  }

  cancel(reason: Error): void {
    this.#sentAt = this.#clock.now();
    this.#flow?.cancel(reason);
  }
}
