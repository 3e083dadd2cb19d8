/**
 * One request to an endpoint and its reply: undici's handler, the reply's body and its reins in one object.
 *
 * Invariants: a body that broke never looks whole; a reply's bytes pile up to `READ_AHEAD_BYTES` and no further;
 * `settled` resolves exactly once; nothing is heard by a sink after its end, failure or cancellation.
 */
import type { Dispatcher } from 'undici';
import { type Body, type Flow, type Sink, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import { Settlement } from '../../core/settlement.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { passOn } from '../../wire/interim-reply.ts';
import type { RunningAttempt, UpstreamCall } from '../call.ts';
import type { ConnectionEvents } from './connector.ts';
import { endToEnd, hideOrigin, type RawFields, trailersOf } from './reply-fields.ts';
import { toUpstreamError } from './undici-errors.ts';

/** What is read before anyone starts the body: one read of the socket. */
const READ_AHEAD_BYTES = 64 * 1024;
/** A reply that nobody wants is read to its end when no more than this is missing: that saves its connection. */
const DRAIN_BYTES = 64 * 1024;
/** Interim (1xx) replies before the final one. */
const MAX_INTERIM_REPLIES = 16;

/** Depth of undici's callbacks on the stack: a parser must not be resumed from within another's callback. */
let inCallback = 0;

/** What an attempt must know of its endpoint. */
export interface AttemptLimits {
  readonly origin: string;
  readonly basePath: string;
  /** Largest reply body; Infinity for none. */
  readonly maxReplyBytes: number;
}

/** Its `then` is a microtask for half the price of `queueMicrotask`, which keeps async context that nobody needs here. */
const NOW = Promise.resolve();
const NOTHING: readonly Uint8Array[] = [];
const NO_BYTES = new Uint8Array(0);

export class Http1Attempt implements Dispatcher.DispatchHandler, Body, Flow, RunningAttempt {
  readonly head: Promise<UpstreamReply>;
  readonly replayable = false;
  /** Set when the exchange with the backend has ended, however it did. */
  over = false;
  readonly #call: UpstreamCall;
  readonly #events: ConnectionEvents;
  readonly #limits: AttemptLimits;
  readonly #resolve: (reply: UpstreamReply) => void;
  readonly #reject: (error: Error) => void;
  readonly #stopListening: () => void;
  #settlement: Settlement | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #interim = 0;
  #length: number | undefined;
  #bytes = 0;
  /** Set where the reply's end is told by the connection's alone. */
  #endsWithConnection = false;
  #trailers: HeaderFields | undefined;
  #error: Error | undefined;
  #unwanted: Error | undefined;
  #sink: Sink | undefined;
  /** The sink said wait. */
  #waiting = false;
  /** The sink has heard its last, or never will hear anything. */
  #closed = false;
  #ahead: Uint8Array[] | undefined;
  #aheadBytes = 0;

  constructor(call: UpstreamCall, events: ConnectionEvents, limits: AttemptLimits) {
    this.#call = call;
    this.#events = events;
    this.#limits = limits;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
    this.head = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stopListening = call.context.cancellation.onCancel((reason) => this.abort(reason));
  }

  get length(): number | undefined {
    return this.#length;
  }

  // Body, Flow, RunningAttempt: the consumer's side.

  start(sink: Sink): Flow {
    if (this.#sink || this.#closed)
      throw new FrontdeskError('internal', { detail: 'a reply body was started twice' });
    this.#sink = sink;
    this.#pour();
    return this;
  }

  resume(): void {
    if (this.#closed || !this.#waiting) return;
    if (inCallback > 0) queueMicrotask(() => this.#pour());
    else this.#pour();
  }

  cancel(reason: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ahead = undefined;
    if (this.over) return;
    this.#end('aborted', reason);
    this.#controller?.abort(reason);
  }

  discard(reason: Error): void {
    if (this.#closed || this.#sink) return;
    if (this.over || this.#length === undefined || this.#length - this.#bytes > DRAIN_BYTES) {
      this.cancel(reason);
      return;
    }
    this.#closed = true;
    this.#ahead = undefined;
    this.#unwanted = reason;
    this.#controller?.resume();
  }

  abort(error: Error): void {
    if (this.over) return;
    this.#fail(error);
    this.#controller?.abort(error);
  }

  // Dispatcher.DispatchHandler: undici's side.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.over) {
      controller.abort(this.#error ?? new FrontdeskError('client_closed'));
      return;
    }
    this.#controller = controller;
    this.#call.sent = true;
    this.#call.connectionReused = !this.#events.opening;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, fields: RawFields): void {
    if (status < 200) {
      this.#interim += 1;
      if (this.#interim > MAX_INTERIM_REPLIES) {
        const error = new FrontdeskError('upstream_invalid', {
          detail: `more than ${MAX_INTERIM_REPLIES} interim replies`,
        });
        this.#fail(error);
        controller.abort(error);
      } else if (this.#call.interim && !this.over) {
        passOn(this.#call.interim, status, endToEnd(fields));
      }
      return;
    }
    const coding = fields['transfer-encoding'];
    // We ask for no other (RFC 9112 §7.4): bytes in a coding that nobody undoes are not the body.
    if (coding !== undefined && !isChunked(coding)) {
      const error = new FrontdeskError('upstream_invalid', { detail: `transfer-encoding: ${coding}` });
      this.#fail(error);
      controller.abort(error);
      return;
    }
    const headers = endToEnd(fields);
    const declared = fields['content-length'];
    if (hasNoContent(this.#call.method, status)) this.#length = 0;
    else if (typeof declared === 'string') this.#length = Number(declared);
    else this.#endsWithConnection = coding === undefined;
    if ((status >= 300 && status < 400) || status === 201)
      hideOrigin(headers, this.#limits.origin, this.#limits.basePath);
    this.#settlement = new Settlement();
    const { settled } = this.#settlement;
    // Once the bytes that came with the head are parsed: a short reply is whole by then.
    NOW.then(() => this.#resolve({ status, headers, body: this.#wholeBody() ?? this, settled }));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.over) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maxReplyBytes) {
      this.abort(
        new FrontdeskError('upstream_too_large', { detail: `more than ${this.#limits.maxReplyBytes} bytes` }),
      );
      return;
    }
    if (this.#closed) return;
    if (this.#sink && !this.#waiting) {
      inCallback += 1;
      const goOn = this.#sink.write(chunk);
      inCallback -= 1;
      if (goOn || this.#closed) return;
      this.#waiting = true;
      controller.pause();
      return;
    }
    this.#ahead ??= [];
    this.#ahead.push(chunk);
    this.#aheadBytes += chunk.length;
    if (this.#sink || this.#aheadBytes > READ_AHEAD_BYTES) controller.pause();
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: RawFields): void {
    if (this.over) return;
    if (this.#endsWithConnection && this.#events.resetting) {
      this.#fail(new FrontdeskError('upstream_reset', { detail: 'the connection was reset within a reply' }));
      return;
    }
    this.#trailers = trailersOf(trailers);
    // Nothing was started yet: whoever starts it may know how much there is.
    if (!this.#sink) this.#length ??= this.#bytes;
    this.#end(this.#unwanted ? 'aborted' : 'complete', this.#unwanted);
    if (!this.#sink || this.#waiting || this.#closed) return;
    this.#closed = true;
    inCallback += 1;
    this.#sink.end(this.#trailers);
    inCallback -= 1;
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.over) this.#fail(toUpstreamError(error, this.#controller !== undefined));
  }

  /** The body, where all of it is here: whoever gets it can send or read it at one go. */
  #wholeBody(): WholeBody | undefined {
    if (!this.over || this.#error || this.#closed || this.#trailers) return undefined;
    this.#closed = true;
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (!ahead) return new WholeBody(NO_BYTES);
    const [only] = ahead;
    return new WholeBody(ahead.length === 1 && only ? only : Buffer.concat(ahead, this.#aheadBytes));
  }

  /** Gives the sink what waits for it, then lets the source go on. */
  #pour(): void {
    const sink = this.#sink;
    if (!sink || this.#closed) return;
    this.#waiting = false;
    const ahead = this.#ahead ?? NOTHING;
    let given = 0;
    while (given < ahead.length) {
      const chunk = ahead[given];
      given += 1;
      if (chunk && !sink.write(chunk)) {
        if (this.#closed) return;
        this.#waiting = true;
        break;
      }
      if (this.#closed) return;
    }
    this.#ahead = given < ahead.length ? ahead.slice(given) : undefined;
    if (this.#error) {
      this.#closed = true;
      sink.fail(this.#error);
    } else if (this.#waiting) {
      return;
    } else if (this.over) {
      this.#closed = true;
      sink.end(this.#trailers);
    } else {
      this.#controller?.resume();
    }
  }

  #fail(error: Error): void {
    this.#error = error;
    if (!this.#settlement) {
      this.over = true;
      this.#closed = true;
      this.#stopListening?.();
      this.#reject(error);
      return;
    }
    this.#end(isOurChoice(error) ? 'aborted' : 'failed', error);
    if (!this.#sink || this.#closed) return;
    this.#closed = true;
    this.#ahead = undefined;
    this.#sink.fail(error);
  }

  #end(kind: 'complete' | 'aborted' | 'failed', error: Error | undefined): void {
    this.over = true;
    this.#stopListening();
    this.#settlement?.settle(error ? { kind, bytes: this.#bytes, error } : { kind, bytes: this.#bytes });
  }
}

function isChunked(coding: string | readonly string[]): boolean {
  return typeof coding === 'string' && coding.trim().toLowerCase() === 'chunked';
}

/** Whether a reply has no content whatever its `Content-Length` says (RFC 9110 §6.4.1). */
export function hasNoContent(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** Whether it was us who wanted no more, rather than the backend that broke or was too slow. */
export function isOurChoice(error: Error): boolean {
  if (!(error instanceof FrontdeskError)) return true;
  switch (error.code) {
    case 'deadline_exceeded':
    case 'upstream_timeout':
    case 'upstream_reset':
    case 'upstream_invalid':
    case 'upstream_too_large':
    case 'upstream_unavailable':
      return false;
    default:
      return true;
  }
}
