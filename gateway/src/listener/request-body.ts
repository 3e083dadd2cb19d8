/** A request's body as it arrives: node's message as a `Body`. What its reader does not take is not read. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Body, Flow, Sink } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Receiving } from './connections.ts';
import type { HttpExchange } from './exchange.ts';

/** How much of a body that nobody wants is read away to keep its connection. */
const KEEP_CONNECTION_MAX_BYTES = 64 * 1024;
/** How much of it is read at most, so that its sender may see the reply before the connection closes. */
const DROP_MAX_BYTES = 1024 * 1024;
/** Bytes of chunk sizes and extensions that any chunked body may have, and how many more for each byte of content. */
const CHUNK_OVERHEAD_BYTES = 16 * 1024;
const CHUNK_OVERHEAD_RATIO = 8;

export class RequestBody implements Body, Flow, Receiving {
  readonly length: number | undefined;
  readonly replayable = false;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #exchange: HttpExchange;
  /** The client waits for `100 Continue` before it sends (RFC 9110 §10.1.1): it gets it when somebody reads. */
  readonly #awaitsContinue: boolean;
  #sink: Sink | undefined;
  /** What its reader was told. */
  #failure: Error | undefined;
  /** No sound byte will come any more. */
  #broken = false;
  #stopListening: (() => void) | undefined;
  #started = false;
  #received = 0;
  #dropped = 0;
  #onDropped: (() => void) | undefined;
  /** Where on the connection we began to count, and where the last read ended: all before that is parsed. */
  readonly #wireStart: number;
  #wireParsed: number;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    exchange: HttpExchange,
    length: number | undefined,
    awaitsContinue: boolean,
  ) {
    this.#request = request;
    this.#response = response;
    this.length = length;
    this.#awaitsContinue = awaitsContinue;
    this.#wireStart = length === undefined ? request.socket.bytesRead : 0;
    this.#wireParsed = this.#wireStart;
    this.#exchange = exchange;
  }

  start(sink: Sink): Flow {
    if (this.#started) throw new TypeError('a request body flows once');
    this.#started = true;
    if (this.#failure) {
      sink.fail(this.#failure);
      return this;
    }
    this.#sink = sink;
    this.#listen();
    // Whoever reads a body to its end before it does anything else is not to wait past the deadline.
    this.#stopListening = this.#exchange.cancellation.onCancel((reason) => this.#fail(reason));
    if (this.#sink && this.#awaitsContinue && !this.#response.headersSent) this.#response.writeContinue();
    return this;
  }

  resume(): void {
    if (this.#sink) this.#request.resume();
  }

  cancel(): void {
    if (!this.#sink) return;
    this.#sink = undefined;
    this.#stopListening?.();
    this.#request.pause();
  }

  /** Never started: the reply decides what becomes of the bytes. */
  discard(): void {}

  breakOff(error: FrontdeskError): void {
    this.#broken = true;
    this.#fail(error);
    this.#exchange.cancellation.cancel(error);
    this.#dropEnded();
  }

  /** Whether all of it is here. */
  get complete(): boolean {
    return this.#request.complete;
  }

  /** Whether so little is to come that reading it away is cheaper than a new connection. */
  get isNearlyDone(): boolean {
    if (this.#broken || this.length === undefined) return false;
    if (this.#awaitsContinue && !this.#started) return false;
    return this.length - this.#received <= KEEP_CONNECTION_MAX_BYTES;
  }

  /** Whether its sender is sending: one that waits for `100 Continue` is not. */
  get isArriving(): boolean {
    return !this.complete && !this.#broken && (this.#started || !this.#awaitsContinue);
  }

  /** Reads the rest away; calls `done` once, when it ended, broke, or was more than we bear. */
  drop(done: () => void): void {
    this.#sink = undefined;
    this.#onDropped = done;
    if (!this.#started) {
      this.#started = true;
      this.#listen();
    }
    this.#request.resume();
  }

  #listen(): void {
    this.#request.on('data', (chunk: Buffer) => this.#data(chunk));
    this.#request.on('end', () => this.#end());
  }

  #data(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#exchange.requestBytes += chunk.length;
    if (this.length === undefined && this.#isMostlyOverhead()) {
      this.breakOff(new FrontdeskError('bad_request', { detail: 'chunk extensions outweigh the body' }));
    }
    if (this.#sink) {
      if (!this.#sink.write(chunk)) this.#request.pause();
      return;
    }
    this.#dropped += chunk.length;
    if (this.#dropped > DROP_MAX_BYTES) this.#dropEnded();
  }

  /**
   * Whether chunk extensions keep us busy for nothing: the parser limits those of one chunk only. Counts what is
   * parsed for sure against all content that may have come of it, so that it errs on the patient side.
   */
  #isMostlyOverhead(): boolean {
    const { bytesRead } = this.#request.socket;
    if (bytesRead === this.#wireParsed) return false;
    const content = this.#received + this.#request.readableLength;
    const overhead = this.#wireParsed - this.#wireStart - content;
    this.#wireParsed = bytesRead;
    return overhead > CHUNK_OVERHEAD_BYTES + CHUNK_OVERHEAD_RATIO * content;
  }

  #fail(reason: Error): void {
    if (this.#failure) return;
    this.#failure = reason;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.fail(reason);
  }

  #end(): void {
    this.#stopListening?.();
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end();
    this.#dropEnded();
  }

  #dropEnded(): void {
    const done = this.#onDropped;
    this.#onDropped = undefined;
    done?.();
  }
}
