/**
 * Takes down what a request goes through besides its calls, for a trace. A request has one, on its timeline, only where
 * traces are configured; whoever works for it asks for it there and does nothing without.
 */

/** A piece of work that is over. Times are the timeline's. */
export interface TracedWork {
  readonly name: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** The span that caused it. */
  readonly parentId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** A code of `core/errors.ts`, where it failed. */
  readonly error?: string | undefined;
  /** Names and numbers alone: nothing that a caller or a backend said, but for the name of an operation. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

export interface TraceRecorder {
  /** A new span's id. */
  spanId(): string;
  /** A step of the chain begins now, and so the one before is over; an empty name begins none. */
  step(name: string): void;
  /** Takes down work that is over. More than a trace holds is left out. */
  work(work: TracedWork): void;
  /** Errors that an answer of status 200 tells of. */
  answerErrors(count: number): void;
  /** Another event of a stream went out. */
  event(): void;
}
