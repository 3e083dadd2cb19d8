/**
 * One request to an endpoint and its reply over HTTP/2 (RFC 9113): the stream, the reply's body and its reins in one
 * object.
 *
 * Invariants: a body whose stream ended without END_STREAM never looks whole; a reply's bytes pile up to the
 * stream's window and no further; `settled` resolves exactly once; nothing is heard by a sink after its end, failure
 * or cancellation. What the backend is known not to have processed (§8.7) is sent again, once, by `onUnprocessed`.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { type Body, emptyBody, type Flow, type Sink, WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';
import { Settlement } from '../../core/settlement.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { passOn } from '../../wire/interim-reply.ts';
import { trailerFields } from '../../wire/trailers.ts';
import type { RunningAttempt, UpstreamCall } from '../call.ts';
import { type AttemptLimits, hasNoContent, isOurChoice } from './http1-attempt.ts';
import { toStreamError } from './http2-errors.ts';
import { readReplyHead, requestFields } from './http2-fields.ts';
import { onEndStream, takeWhole, WHOLE_BYTES } from './http2-stream.ts';
import { Http2Upload } from './http2-upload.ts';
import { hideOrigin } from './reply-fields.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { Transport } from './transport.ts';

/** Interim (1xx) replies before the final one. */
const MAX_INTERIM_REPLIES = 16;

export interface Http2Limits extends AttemptLimits {
  /** Most bytes of a reply's header fields. */
  readonly maxHeaderBytes: number;
}

export interface Http2AttemptOptions {
  readonly limits: Http2Limits;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly clock: Clock;
  /** Longest silence within the reply's body, while its receiver takes what comes. */
  readonly idleMs: number;
  /** Takes an attempt that the backend did not look at, and that may be sent again as it is. */
  readonly onUnprocessed: (attempt: Http2Attempt) => void;
  /** Takes leave of an attempt that gave up before it had a connection. */
  readonly onWithdrawn: (attempt: Http2Attempt) => void;
  /** No answer came in time: its connection may be dead. */
  readonly onSilence: (session: ClientHttp2Session) => void;
}

export class Http2Attempt implements Body, Flow, RunningAttempt {
  readonly head: Promise<UpstreamReply>;
  readonly replayable = false;
  /** Set when the exchange with the backend has ended, however it did. */
  over = false;
  readonly #call: UpstreamCall;
  readonly #options: Http2AttemptOptions;
  readonly #resolve: (reply: UpstreamReply) => void;
  readonly #reject: (error: Error) => void;
  readonly #stopListening: () => void;
  #settlement: Settlement | undefined;
  #session: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  #upload: Http2Upload | undefined;
  /** The backend has said that it did not, and will not, look at the request. */
  #unprocessed = false;
  #sentAgain = false;
  #interim = 0;
  #length: number | undefined;
  #bytes = 0;
  /** END_STREAM came: what ends before it is broken, whatever else its end says. */
  #endsWell = false;
  #trailers: HeaderFields | undefined;
  #error: Error | undefined;
  #sink: Sink | undefined;
  /** The sink said wait. */
  #waiting = false;
  /** The sink has heard its last, or never will hear anything. */
  #closed = false;
  #watch: SilenceWatch | undefined;

  constructor(call: UpstreamCall, options: Http2AttemptOptions) {
    this.#call = call;
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamReply>();
    this.head = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stopListening = call.context.cancellation.onCancel((reason) => this.abort(reason));
  }

  get length(): number | undefined {
    return this.#length;
  }

  /** The stream's number on its connection; 0 where it has none. */
  get streamId(): number {
    return this.#stream?.id ?? 0;
  }

  // The transport's side.

  /** Opens a stream on `session` and sends the request. `onClosed` is called once, when the stream is gone. */
  run(session: ClientHttp2Session, reused: boolean, onClosed: () => void): void {
    const call = this.#call;
    const { scheme, authority, limits } = this.#options;
    const { body } = call;
    const whole = body instanceof WholeBody ? body.bytes : undefined;
    const fields = requestFields(call, scheme, authority, limits.basePath);
    const options = { endStream: whole?.length === 0, waitForTrailers: whole === undefined };
    const stream = session.request(fields, options);
    this.#session = session;
    this.#stream = stream;
    this.#unprocessed = false;
    call.sent = true;
    call.connectionReused = reused;
    this.#listen(stream, onClosed);
    if (!whole) {
      this.#upload = new Http2Upload(stream, (error) => this.abort(error), call.passes);
      this.#upload.start(body);
    } else if (whole.length > 0) stream.end(whole);
  }

  /** The connection never came about. */
  refuse(error: FrontdeskError): void {
    if (!this.over) this.#fail(error);
  }

  /** Nothing was sent yet: `transport` does it in our place. */
  handOver(transport: Transport): void {
    this.over = true;
    this.#closed = true;
    this.#stopListening();
    transport.send(this.#call).then(this.#resolve, this.#reject);
  }

  /** The backend goes, and has not looked at this request. */
  markUnprocessed(): void {
    this.#unprocessed = true;
  }

  // Body, Flow, RunningAttempt: the consumer's side.

  start(sink: Sink): Flow {
    if (this.#sink || this.#closed)
      throw new FrontdeskError('internal', { detail: 'a reply body was started twice' });
    this.#sink = sink;
    if (this.#error) {
      this.#closed = true;
      sink.fail(this.#error);
      return this;
    }
    const stream = this.#stream;
    stream?.on('data', (chunk: Uint8Array) => this.#onData(chunk));
    stream?.on('end', () => this.#onEnd());
    const { clock, idleMs } = this.#options;
    this.#watch = new SilenceWatch(clock, idleMs, () =>
      this.abort(new FrontdeskError('upstream_timeout', { detail: `silent for ${idleMs} ms` })),
    );
    return this;
  }

  resume(): void {
    if (this.#closed || !this.#waiting) return;
    this.#waiting = false;
    this.#watch?.heard();
    this.#stream?.resume();
  }

  cancel(reason: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.over) return;
    this.#end('aborted', reason);
    this.#reset();
  }

  /** A stream that is reset costs its connection nothing, so the rest is never read. */
  discard(reason: Error): void {
    if (this.#sink || this.#closed) return;
    if (this.over || !this.#endsWell || this.#stream?.readableLength !== 0) {
      this.cancel(reason);
      return;
    }
    this.#closed = true;
    this.#end('complete', undefined);
    this.#stream.resume();
  }

  abort(error: Error): void {
    if (this.over) return;
    const silent = error instanceof FrontdeskError && error.code === 'upstream_timeout';
    if (silent && !this.#settlement && this.#session) this.#options.onSilence(this.#session);
    this.#fail(error);
    if (!this.#stream) this.#options.onWithdrawn(this);
    this.#reset();
  }

  /** What is here unread goes: a stream that is not read to its end never closes, and holds its place for ever. */
  #reset(): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    this.#stream?.resume();
  }

  // The stream's side.

  #listen(stream: ClientHttp2Stream, onClosed: () => void): void {
    onEndStream(stream, () => {
      this.#endsWell = true;
    });
    let error: Error | undefined;
    stream.on('headers', (_fields, _flags, raw) => this.#onInterim(raw));
    stream.on('response', (_headers, flags, raw) => this.#onHead(flags, raw));
    stream.on('trailers', (_headers, _flags, raw) => {
      this.#trailers = trailerFields(raw);
    });
    stream.on('error', (thrown: Error) => {
      error = thrown;
    });
    stream.on('close', () => {
      this.#upload?.stop();
      this.#onClose(stream, error);
      onClosed();
    });
  }

  #onInterim(raw: readonly string[]): void {
    this.#interim += 1;
    if (this.#interim > MAX_INTERIM_REPLIES) {
      const detail = `more than ${MAX_INTERIM_REPLIES} interim replies`;
      this.abort(new FrontdeskError('upstream_invalid', { detail }));
    } else if (this.#call.interim && !this.over) {
      const { status, headers, bytes } = readReplyHead(raw);
      if (bytes <= this.#options.limits.maxHeaderBytes) passOn(this.#call.interim, status, headers);
    }
  }

  #onHead(flags: number, raw: readonly string[]): void {
    if (this.over || this.#settlement) return;
    const { limits } = this.#options;
    const { status, headers, length, bytes } = readReplyHead(raw);
    // The backend is told the limit, but need not have heard of it yet.
    if (bytes > limits.maxHeaderBytes) {
      const detail = `${bytes} bytes of header fields`;
      this.abort(new FrontdeskError('upstream_invalid', { detail }));
      return;
    }
    const isEmpty = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    this.#length = isEmpty || hasNoContent(this.#call.method, status) ? 0 : length;
    if ((status >= 300 && status < 400) || status === 201)
      hideOrigin(headers, limits.origin, limits.basePath);
    this.#settlement = new Settlement();
    const { settled } = this.#settlement;
    if (isEmpty) {
      this.#closed = true;
      this.#end('complete', undefined);
      this.#stream?.resume();
      this.#cutUpload();
    }
    const give = (body: Body): void => this.#resolve({ status, headers, body, settled });
    if (isEmpty) give(emptyBody);
    else if (this.#length === undefined || this.#length > WHOLE_BYTES) give(this);
    // Node tells of each frame alone: once what came with the head is read too, a short reply is whole.
    else setImmediate(() => give(this.#wholeBody() ?? this));
  }

  /** The body, where all of it is here: whoever gets it can send or read it at one go. */
  #wholeBody(): WholeBody | undefined {
    if (this.over || !this.#endsWell || !this.#stream || this.#trailers) return undefined;
    const body = takeWhole(this.#stream, this.#options.limits.maxReplyBytes);
    if (!body) return undefined;
    this.#bytes = body.length;
    this.#closed = true;
    this.#end('complete', undefined);
    this.#cutUpload();
    return body;
  }

  #onData(chunk: Uint8Array): void {
    if (this.over || this.#closed || !this.#sink) return;
    this.#bytes += chunk.length;
    const { maxReplyBytes } = this.#options.limits;
    if (this.#bytes > maxReplyBytes) {
      this.abort(new FrontdeskError('upstream_too_large', { detail: `more than ${maxReplyBytes} bytes` }));
      return;
    }
    this.#watch?.heard();
    if (this.#sink.write(chunk) || this.#closed) return;
    this.#waiting = true;
    this.#watch?.pause();
    this.#stream?.pause();
  }

  #onEnd(): void {
    if (this.over || !this.#sink) return;
    // A reset without an error is an end too where nothing that was promised is missing: node's servers do that.
    if (!this.#endsWell && this.#bytes !== this.#length) {
      this.#fail(new FrontdeskError('upstream_reset', { detail: 'the stream was reset within a reply' }));
      return;
    }
    this.#end('complete', undefined);
    this.#cutUpload();
    if (this.#closed) return;
    this.#closed = true;
    this.#sink.end(this.#trailers);
  }

  /** After an answer that came before the end of the request: the rest of it is not wanted. */
  #cutUpload(): void {
    if (this.#stream && !this.#stream.writableEnded) this.#reset();
  }

  #onClose(stream: ClientHttp2Stream, error: Error | undefined): void {
    if (this.over) return;
    const refused = this.#unprocessed || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    if (refused && !this.#settlement && this.#call.body.replayable) {
      // Nothing was done with it, so it counts as not sent: whoever decides about another attempt may know that.
      this.#call.sent = false;
      this.#stream = undefined;
      if (!this.#sentAgain) {
        this.#sentAgain = true;
        this.#options.onUnprocessed(this);
        return;
      }
    }
    this.#fail(toStreamError(stream.rstCode, error));
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
    this.#sink.fail(error);
  }

  #end(kind: 'complete' | 'aborted' | 'failed', error: Error | undefined): void {
    this.over = true;
    this.#stopListening();
    this.#watch?.stop();
    this.#settlement?.settle(error ? { kind, bytes: this.#bytes, error } : { kind, bytes: this.#bytes });
  }
}
