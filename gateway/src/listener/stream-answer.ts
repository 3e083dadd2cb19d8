/**
 * Writes one reply to one HTTP/2 stream, at the pace of its client, trailers included. A body that breaks resets the
 * stream, or ends a gRPC call with its status, so that a truncated reply never looks like a whole one. Settles the
 * reply exactly once.
 */
import { constants, type ServerHttp2Stream } from 'node:http2';
import { type Body, type Flow, type Sink, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { InterimSink } from '../core/interim.ts';
import { fieldRecord } from '../wire/trailers.ts';
import type { HttpExchange } from './exchange.ts';
import { grpcTrailers } from './grpc-reply.ts';
import { replyFields, sendsNoBody } from './reply-fields.ts';
import type { AnswerOptions } from './respond.ts';
import type { StreamBody } from './stream-body.ts';

const UPGRADE_REQUIRED = 426;
/** A whole body goes out in pieces of this size: the client has `sendTimeoutMs` for each, not for all of it. */
const PIECE_BYTES = 64 * 1024;

const NOT_SENT = new Error('this reply carries no body');

export class StreamAnswer implements Sink, InterimSink {
  readonly #stream: ServerHttp2Stream;
  readonly #exchange: HttpExchange;
  readonly #request: StreamBody | undefined;
  readonly #options: AnswerOptions;
  /** Errors of ours are said in gRPC's words. */
  readonly #isGrpc: boolean;
  #reply: Reply | undefined;
  #flow: Flow | undefined;
  #flowing = false;
  #stopped: Error | undefined;
  #trailers: Record<string, string | string[]> | undefined;
  #bytes = 0;
  /** What is to be sent yet of a whole body. */
  #rest: Uint8Array | undefined;
  /** It was us, or the backend, who broke the reply. */
  #isBroken = false;
  /** The last byte and the trailers are handed over. */
  #said = false;
  #closed = false;
  #disarm: (() => void) | undefined;

  constructor(
    stream: ServerHttp2Stream,
    exchange: HttpExchange,
    request: StreamBody | undefined,
    isGrpc: boolean,
    options: AnswerOptions,
  ) {
    this.#stream = stream;
    this.#exchange = exchange;
    this.#request = request;
    this.#isGrpc = isGrpc;
    this.#options = options;
    stream.on('drain', () => this.#drained());
    stream.on('wantTrailers', () => this.#sendTrailers());
  }

  /** @throws where node refuses the reply's status or fields; then nothing was sent. */
  send(reply: Reply): void {
    if (this.#closed || this.#stream.destroyed || this.#stream.closed) {
      reply.body.discard(clientClosed());
      reply.settlement.settle({ kind: 'aborted', bytes: 0, error: clientClosed() });
      return;
    }
    const { status, body } = reply;
    if (status < 200) throw new TypeError(`a final reply can't have status ${status}`);
    const { method, error } = this.#exchange;
    if (this.#isGrpc && error) {
      this.#reply = reply;
      body.discard(NOT_SENT);
      this.#refuseCall(error);
      return;
    }
    const fields = new HeaderFields(replyFields(reply, method, false));
    // There is nothing to upgrade to within HTTP/2 (RFC 9113 §8.2.2).
    if (status === UPGRADE_REQUIRED) fields.filter((name) => name !== 'upgrade' && name !== 'connection');
    const head = { ...fieldRecord(fields), ':status': status };
    if (sendsNoBody(method, status) || body.length === 0) {
      this.#stream.respond(head, { endStream: true });
      this.#reply = reply;
      body.discard(NOT_SENT);
      this.#ended();
      return;
    }
    this.#stream.respond(head, { waitForTrailers: true });
    this.#reply = reply;
    if (body instanceof WholeBody) {
      this.#rest = body.bytes;
      this.#pour();
    } else this.#pipe(body);
  }

  interim(status: number, headers: HeaderFields): void {
    const stream = this.#stream;
    if (this.#closed || stream.destroyed || stream.closed || stream.headersSent) return;
    try {
      stream.additionalHeaders({ ...fieldRecord(headers), ':status': status });
    } catch {
      // Fields that node would not send, such as one twice that is single: a hint less.
    }
  }

  /** The stream's `close` event: the client has everything, or left. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#disarm?.();
    const reply = this.#reply;
    if (this.#said && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR) {
      reply?.settlement.settle({ kind: 'complete', bytes: this.#bytes });
      return;
    }
    const error = clientClosed();
    this.#request?.breakOff(error);
    this.#exchange.cancellation.cancel(error);
    this.#cancelFlow(error);
    reply?.settlement.settle({ kind: 'aborted', bytes: this.#bytes, error });
  }

  /** Whether the client left before it had everything. */
  get wasBrokenOff(): boolean {
    if (!this.#closed || this.#isBroken) return false;
    return !(this.#said && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR);
  }

  write(chunk: Uint8Array): boolean {
    if (!this.#flowing) return false;
    this.#bytes += chunk.length;
    if (this.#stream.write(chunk)) return true;
    this.#watchReader();
    return false;
  }

  end(trailers?: HeaderFields): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    const promised = this.#reply?.body.length;
    if (promised !== undefined && promised !== this.#bytes) {
      const detail = `the body has ${this.#bytes} bytes rather than ${promised}`;
      this.#break(new FrontdeskError('upstream_invalid', { detail }));
      return;
    }
    if (trailers) this.#trailers = fieldRecord(trailers);
    this.#watchReader();
    this.#stream.end();
  }

  fail(error: Error): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.#break(error);
  }

  /** Sends what is left of a whole body, until its client is to take some of it first. */
  #pour(): void {
    for (let rest = this.#rest; rest; rest = this.#rest) {
      const piece = rest.subarray(0, PIECE_BYTES);
      this.#rest = piece.length < rest.length ? rest.subarray(PIECE_BYTES) : undefined;
      this.#bytes += piece.length;
      this.#watchReader();
      if (!this.#rest) this.#stream.end(piece);
      else if (!this.#stream.write(piece)) return;
    }
  }

  #pipe(body: Body): void {
    this.#flowing = true;
    const flow = body.start(this);
    if (this.#stopped) flow.cancel(this.#stopped);
    if (this.#flowing) this.#flow = flow;
  }

  #sendTrailers(): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    try {
      this.#stream.sendTrailers(this.#trailers ?? {});
    } catch (thrown) {
      // Nobody else catches what is thrown here, and the trailers are a backend's.
      this.#trailers = undefined;
      this.#break(
        new FrontdeskError('upstream_invalid', { detail: 'trailers that cannot be sent', cause: thrown }),
      );
      return;
    }
    this.#ended();
  }

  /** All is said. A request that is still arriving is not wanted any more (RFC 9113 §8.1). */
  #ended(): void {
    this.#said = true;
    const request = this.#request;
    if (request === undefined || request.complete) return;
    request.drop();
    this.#disarm?.();
    this.#disarm = this.#options.clock.after(this.#options.lingerMs, () => {
      if (!this.#stream.closed) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }

  /** A refusal, as a reply that is all trailers. */
  #refuseCall(error: Error): void {
    const head = { ':status': 200, 'content-type': 'application/grpc', ...grpcTrailers(error) };
    this.#stream.respond(head, { endStream: true });
    this.#ended();
  }

  /** A client that takes nothing is borne for so long. */
  #watchReader(): void {
    this.#disarm?.();
    this.#disarm = this.#options.clock.after(this.#options.sendTimeoutMs, () => {
      if (!this.#stream.closed) this.#stream.close(constants.NGHTTP2_CANCEL);
    });
  }

  #drained(): void {
    this.#disarm?.();
    if (this.#rest) this.#pour();
    else if (this.#flowing) this.#flow?.resume();
  }

  #break(error: Error): void {
    this.#isBroken = true;
    this.#exchange.error ??= error;
    this.#cancelFlow(error);
    this.#reply?.settlement.settle({ kind: 'failed', bytes: this.#bytes, error });
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    if (this.#isGrpc) {
      this.#trailers = grpcTrailers(error);
      stream.end();
    } else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  #cancelFlow(error: Error): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.#stopped = error;
    this.#flow?.cancel(error);
  }
}

function clientClosed(): FrontdeskError {
  return new FrontdeskError('client_closed');
}
