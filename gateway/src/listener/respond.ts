/**
 * Writes one reply to one client. Whole bodies go out with their head in one write; streams at the pace of the
 * client. A body that breaks takes its connection with it, so that a truncated reply never looks like a whole one
 * (RFC 9112 §8). Settles the reply exactly once.
 */
import type { ServerResponse } from 'node:http';
import { type Body, type Flow, type Sink, WholeBody } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Reply } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { InterimSink } from '../core/interim.ts';
import { interimHead } from '../wire/interim-reply.ts';
import type { HttpExchange } from './exchange.ts';
import { replyFields, sendsNoBody } from './reply-fields.ts';
import type { RequestBody } from './request-body.ts';

export interface AnswerOptions {
  readonly clock: Clock;
  /** How long a client that takes nothing is borne. */
  readonly sendTimeoutMs: number;
  /** How long the rest of an unwanted request body is read before its connection closes. */
  readonly lingerMs: number;
}

/** Up to here copying a body costs less than handing two pieces to the kernel (measured). */
const ONE_WRITE_BYTES = 8_192;

/** Why a body was dropped that a HEAD request or a 304 does not carry. */
const NOT_SENT = new Error('this reply carries no body');

export class Answer implements Sink, InterimSink {
  readonly #response: ServerResponse;
  readonly #exchange: HttpExchange;
  readonly #request: RequestBody | undefined;
  readonly #options: AnswerOptions;
  #reply: Reply | undefined;
  #flow: Flow | undefined;
  #flowing = false;
  /** Why the body was stopped, where it was: its reins may not be in our hands yet. */
  #stopped: Error | undefined;
  #listensForDrain = false;
  /** Length that the head promises, where it does. */
  #promised: number | undefined;
  #bytes = 0;
  #closed = false;

  constructor(
    response: ServerResponse,
    exchange: HttpExchange,
    request: RequestBody | undefined,
    options: AnswerOptions,
  ) {
    this.#response = response;
    this.#exchange = exchange;
    this.#request = request;
    this.#options = options;
    if (response.socket === null) response.once('socket', () => this.#turnCame());
  }

  /** Whether the reply must close its connection, because the rest of the request stands in the way of the next. */
  get leavesRequestUnread(): boolean {
    const request = this.#request;
    return request !== undefined && !request.complete && !request.isNearlyDone;
  }

  /**
   * Sends `reply`, with `Connection: close` where `close` says so.
   * @throws TypeError where node refuses the reply's status or fields; then nothing was sent.
   */
  send(reply: Reply, close: boolean): void {
    if (this.#closed) {
      reply.body.discard(clientClosed());
      reply.settlement.settle({ kind: 'aborted', bytes: 0, error: clientClosed() });
      return;
    }
    const response = this.#response;
    const { method } = this.#exchange;
    const { status, body } = reply;
    if (status < 200) throw new TypeError(`a final reply can't have status ${status}`);
    response.writeHead(status, replyFields(reply, method, close));
    this.#reply = reply;
    if (sendsNoBody(method, status)) {
      body.discard(NOT_SENT);
      this.#finish(undefined, close);
    } else if (body instanceof WholeBody) {
      this.#bytes = body.length;
      this.#finish(body.bytes, close);
    } else {
      this.#stream(body);
    }
  }

  interim(status: number, headers: HeaderFields): void {
    const response = this.#response;
    const { socket } = response;
    // Without a socket, others are to be answered first.
    if (this.#closed || !socket || response.headersSent || socket.writableNeedDrain) return;
    socket.write(interimHead(status, headers), 'latin1');
  }

  /** The response's `close` event: the client has everything, or left. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    const reply = this.#reply;
    if (this.#response.writableFinished) {
      reply?.settlement.settle({ kind: 'complete', bytes: this.#bytes });
      return;
    }
    const error = clientClosed();
    this.#request?.breakOff(error);
    this.#exchange.cancellation.cancel(error);
    this.#cancelFlow(error);
    reply?.settlement.settle({ kind: 'aborted', bytes: this.#bytes, error });
  }

  write(chunk: Uint8Array): boolean {
    if (!this.#flowing) return false;
    this.#bytes += chunk.length;
    if (this.#promised !== undefined && this.#bytes > this.#promised) {
      this.#break(
        new FrontdeskError('upstream_invalid', { detail: 'the body is longer than its Content-Length' }),
      );
      return false;
    }
    if (this.#response.write(chunk)) return true;
    if (!this.#listensForDrain) {
      this.#listensForDrain = true;
      this.#response.on('drain', () => this.#drained());
    }
    this.#watchSender();
    return false;
  }

  end(): void {
    if (!this.#flowing) return;
    if (this.#promised !== undefined && this.#bytes !== this.#promised) {
      this.#flowing = false;
      this.#break(
        new FrontdeskError('upstream_invalid', { detail: 'the body is shorter than its Content-Length' }),
      );
      return;
    }
    this.#flowing = false;
    this.#response.end();
    this.#watchSender();
  }

  fail(error: Error): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.#break(error);
  }

  #stream(body: Body): void {
    const { socket } = this.#response;
    this.#promised = body.length;
    this.#flowing = true;
    // Head and whatever is there at once leave together; a head whose body takes its time leaves alone.
    socket?.cork();
    const flow = body.start(this);
    socket?.uncork();
    if (this.#stopped) flow.cancel(this.#stopped);
    if (!this.#flowing) return;
    this.#flow = flow;
    if (this.#bytes === 0) setImmediate(() => this.#flushHead());
  }

  #flushHead(): void {
    if (this.#flowing && this.#bytes === 0) this.#response.flushHeaders();
  }

  /** Writes what is whole (or nothing) and ends, reading the rest of an unwanted request first where there is one. */
  #finish(bytes: Uint8Array | undefined, close: boolean): void {
    const request = this.#request;
    const response = this.#response;
    if (request === undefined || request.complete) {
      if (bytes === undefined) response.end();
      // As Latin-1 text, byte for byte, node puts it behind the head and both go out in one plain write.
      else if (bytes.length <= ONE_WRITE_BYTES) response.end(latin1(bytes), 'latin1');
      else response.end(bytes);
      this.#watchSender();
      return;
    }
    if (!close || !request.isArriving) {
      response.end(bytes);
      this.#watchSender();
      if (!close) request.drop(() => {});
      return;
    }
    // Closing a socket with unread bytes resets it, and the reset can overtake the reply (RFC 9112 §9.6).
    if (bytes === undefined || bytes.length === 0) response.flushHeaders();
    else response.write(bytes);
    let disarm = (): void => {};
    const end = (): void => {
      disarm();
      if (!response.writableEnded) response.end();
    };
    disarm = this.#options.clock.after(this.#options.lingerMs, end);
    request.drop(end);
    this.#watchSender();
  }

  /** Starts the watch over a client that does not read. Node's socket timer counts from the last byte it took. */
  #watchSender(): void {
    const { socket } = this.#response;
    if (socket !== null && socket.writableLength > 0) socket.setTimeout(this.#options.sendTimeoutMs);
  }

  /** A pipelined reply's turn on the socket: the watch over the one before it ends, its own begins with its bytes. */
  #turnCame(): void {
    this.#response.socket?.setTimeout(0);
    process.nextTick(() => this.#watchSender());
  }

  #drained(): void {
    if (!this.#flowing) return;
    this.#response.socket?.setTimeout(0);
    this.#flow?.resume();
  }

  #break(error: Error): void {
    this.#exchange.error ??= error;
    this.#cancelFlow(error);
    this.#reply?.settlement.settle({ kind: 'failed', bytes: this.#bytes, error });
    const { socket } = this.#response;
    if (socket) socket.resetAndDestroy();
    else this.#response.destroy();
  }

  #cancelFlow(error: Error): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.#stopped = error;
    this.#flow?.cancel(error);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function clientClosed(): FrontdeskError {
  return new FrontdeskError('client_closed');
}
