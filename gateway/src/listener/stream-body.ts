/** An HTTP/2 request's body as it arrives: a stream as a `Body`. What its reader does not take holds its client back. */
import type { ServerHttp2Stream } from 'node:http2';
import type { Body, Flow, Sink } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { HeaderFields } from '../core/headers.ts';
import { trailerFields } from '../wire/trailers.ts';
import { bareName, COMMONLY_TRUSTED, FORWARDING_FIELDS } from '../wire/trust/trusted-fields.ts';
import type { HttpExchange } from './exchange.ts';

/** Names that backends trust: no client may say them after its body either. */
const WITHHELD: ReadonlySet<string> = new Set([...COMMONLY_TRUSTED, ...FORWARDING_FIELDS].map(bareName));

export class StreamBody implements Body, Flow {
  readonly length: number | undefined;
  readonly replayable = false;
  readonly #stream: ServerHttp2Stream;
  readonly #exchange: HttpExchange;
  readonly #awaitsContinue: boolean;
  #sink: Sink | undefined;
  #failure: Error | undefined;
  #started = false;
  #ended = false;
  /** END_STREAM was seen; an end without it is a client that left. */
  #endsWell = false;
  #trailers: HeaderFields | undefined;
  #stopListening: (() => void) | undefined;

  constructor(stream: ServerHttp2Stream, exchange: HttpExchange, length: number | undefined) {
    this.#stream = stream;
    this.#exchange = exchange;
    this.length = length;
    this.#awaitsContinue = exchange.headers.get('expect') !== undefined;
    // Node tells the end of a stream in the same way whether END_STREAM came or a reset: see transports/http2-attempt.
    const push = stream.push;
    stream.push = (chunk, encoding) => {
      if (chunk === null && !stream.closed) this.#endsWell = true;
      return push.call(stream, chunk, encoding);
    };
    stream.on('trailers', (_fields, _flags, raw) => {
      this.#trailers = trailerFields(raw, (name) => WITHHELD.has(bareName(name)));
    });
  }

  /** Whether all of it is here, read or not. */
  get hasArrived(): boolean {
    return this.#endsWell;
  }

  /** Whether all of it was read. */
  get complete(): boolean {
    return this.#ended;
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
    this.#stopListening = this.#exchange.cancellation.onCancel((reason) => this.breakOff(reason));
    if (this.#sink && this.#awaitsContinue && !this.#stream.headersSent && !this.#stream.destroyed) {
      this.#stream.additionalHeaders({ ':status': 100 });
    }
    return this;
  }

  resume(): void {
    if (this.#sink) this.#stream.resume();
  }

  cancel(): void {
    if (!this.#sink) return;
    this.#sink = undefined;
    this.#stopListening?.();
    this.#stream.pause();
  }

  /** Never started: the reply decides what becomes of the bytes. */
  discard(): void {}

  /** No sound byte will come any more: whoever reads learns why. */
  breakOff(error: Error): void {
    if (this.#failure || this.#ended) return;
    this.#failure = error;
    this.#stopListening?.();
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.fail(error);
  }

  /** Reads the rest away. */
  drop(): void {
    this.#sink = undefined;
    if (!this.#started) {
      this.#started = true;
      this.#listen();
    }
    this.#stream.resume();
  }

  #listen(): void {
    this.#stream.on('data', (chunk: Buffer) => {
      this.#exchange.requestBytes += chunk.length;
      if (this.#sink && !this.#sink.write(chunk)) this.#stream.pause();
    });
    this.#stream.on('end', () => this.#end());
  }

  #end(): void {
    if (!this.#endsWell && this.#stream.closed) {
      this.breakOff(new FrontdeskError('client_closed'));
      return;
    }
    this.#ended = true;
    this.#stopListening?.();
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end(this.#trailers);
  }
}
