/**
 * Writes an answer in several payloads as one body: Server-Sent Events or `multipart/mixed`. Payloads are pulled at the
 * client's pace; a quiet stream shows that it lives; whatever ends it, the client is told why where it still listens,
 * and all that works for it stops.
 */
import { type Body, type Flow, type Sink, WholeBody } from '../core/body.ts';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { errorList } from '../graph/refusal.ts';
import type { GraphStream } from '../graph/request.ts';
import type { StreamForm } from '../wire/graphql-accept.ts';
import {
  DEFER_MEDIA_TYPE,
  MULTIPART_CLOSE,
  MULTIPART_OPEN,
  multipartPart,
  SUBSCRIPTION_HEARTBEAT,
  SUBSCRIPTION_MEDIA_TYPE,
  subscriptionFailure,
  subscriptionPayload,
} from '../wire/multipart.ts';
import { SSE_COMPLETE, SSE_HEARTBEAT, SSE_MEDIA_TYPE, sseNext } from '../wire/sse.ts';
import type { Kept, StreamKeeper } from './stream-keeper.ts';

/** How one form of stream writes what happens. */
interface Dialect {
  readonly mediaType: string;
  readonly open: string;
  readonly heartbeat: string | undefined;
  readonly complete: string;
  payload(json: string): string;
  /** The end of a stream that breaks; `errors` is the JSON text of a list. */
  failure(errors: string): string;
}

const SSE: Dialect = {
  mediaType: SSE_MEDIA_TYPE,
  open: '',
  heartbeat: SSE_HEARTBEAT,
  complete: SSE_COMPLETE,
  payload: sseNext,
  failure: (errors) => sseNext(`{"errors":${errors}}`) + SSE_COMPLETE,
};

const MULTIPART_SUBSCRIPTION: Dialect = {
  mediaType: SUBSCRIPTION_MEDIA_TYPE,
  open: MULTIPART_OPEN,
  heartbeat: multipartPart(SUBSCRIPTION_HEARTBEAT, false),
  complete: MULTIPART_CLOSE,
  payload: (json) => multipartPart(subscriptionPayload(json), false),
  failure: (errors) => multipartPart(subscriptionFailure(errors), true),
};

const MULTIPART_DEFER: Dialect = {
  mediaType: DEFER_MEDIA_TYPE,
  open: MULTIPART_OPEN,
  // Its readers know no empty part.
  heartbeat: undefined,
  complete: MULTIPART_CLOSE,
  payload: (json) => multipartPart(json, false),
  failure: (errors) => multipartPart(`{"errors":${errors},"hasNext":false}`, true),
};

function dialectOf(form: StreamForm, kind: GraphStream['kind']): Dialect {
  if (form === 'sse') return SSE;
  return kind === 'subscription' ? MULTIPART_SUBSCRIPTION : MULTIPART_DEFER;
}

/** The reply that streams `stream`. Throws `rate_limited` where the caller has too many open; then it is ended. */
export function streamReply(
  exchange: Exchange,
  stream: GraphStream,
  form: StreamForm,
  keeper: StreamKeeper,
): Reply {
  const dialect = dialectOf(form, stream.kind);
  const body = new PayloadBody(exchange, stream.payloads, dialect, keeper);
  try {
    body.keep(form);
  } catch (error) {
    stream.payloads.return?.().catch(() => {});
    throw error;
  }
  return makeReply(200, streamHeaders(dialect.mediaType), body);
}

/** A whole answer as a stream of one event, for clients that take nothing else. */
export function singleEventReply(json: string): Reply {
  return makeReply(200, streamHeaders(SSE_MEDIA_TYPE), new WholeBody(sseNext(json) + SSE_COMPLETE));
}

function streamHeaders(mediaType: string): HeaderFields {
  return new HeaderFields([
    'content-type',
    mediaType,
    'cache-control',
    'no-store',
    'vary',
    'accept',
    // nginx would gather events into its buffers.
    'x-accel-buffering',
    'no',
  ]);
}

class PayloadBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly #exchange: Exchange;
  readonly #payloads: AsyncIterator<string>;
  readonly #dialect: Dialect;
  readonly #keeper: StreamKeeper;
  #kept: Kept | undefined;
  #sink: Sink | undefined;
  #ended = false;
  /** Set while the client has not taken what was written. */
  #onResume: (() => void) | undefined;
  #disarmHeartbeat: (() => void) | undefined;

  constructor(exchange: Exchange, payloads: AsyncIterator<string>, dialect: Dialect, keeper: StreamKeeper) {
    this.#exchange = exchange;
    this.#payloads = payloads;
    this.#dialect = dialect;
    this.#keeper = keeper;
  }

  keep(form: StreamForm): void {
    this.#kept = this.#keeper.keepAnswer(form, this.#exchange, (reason) => this.#break(reason));
  }

  start(sink: Sink): Flow {
    this.#sink = sink;
    if (this.#ended) {
      // Ended between its beginning and its first byte.
      sink.fail(this.#exchange.error ?? new FrontdeskError('stream_ended'));
      return { resume() {}, cancel() {} };
    }
    if (this.#dialect.open !== '') sink.write(Buffer.from(this.#dialect.open));
    this.#armHeartbeat();
    void this.#pump();
    return {
      resume: () => {
        const resume = this.#onResume;
        this.#onResume = undefined;
        resume?.();
      },
      cancel: () => this.#stop(new FrontdeskError('client_closed')),
    };
  }

  discard(): void {
    this.#stop(new FrontdeskError('client_closed'));
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#payloads.next();
        if (this.#ended) return;
        if (done) break;
        this.#kept?.active();
        if (this.#write(this.#dialect.payload(value))) continue;
        await new Promise<void>((resolve) => {
          this.#onResume = resolve;
        });
        if (this.#ended) return;
      }
    } catch (error) {
      this.#break(toFrontdeskError(error));
      return;
    }
    this.#close(this.#dialect.complete);
  }

  /** Ends the stream with the reason as its last word. */
  #break(reason: FrontdeskError): void {
    if (this.#ended) return;
    this.#exchange.error ??= reason;
    this.#close(this.#dialect.failure(errorList(reason)));
    this.#stop(reason);
  }

  #close(last: string): void {
    if (this.#ended) return;
    this.#write(last);
    this.#release();
    this.#sink?.end();
  }

  /** Ends whatever works for the stream. */
  #stop(reason: FrontdeskError): void {
    this.#release();
    this.#exchange.cancellation.cancel(reason);
    // A source that breaks while it ends has nobody left to tell.
    this.#payloads.return?.().catch(() => {});
  }

  #release(): void {
    this.#ended = true;
    this.#disarmHeartbeat?.();
    this.#kept?.release();
    this.#onResume?.();
  }

  #write(text: string): boolean {
    this.#armHeartbeat();
    return this.#sink?.write(Buffer.from(text)) ?? true;
  }

  #armHeartbeat(): void {
    const { heartbeat } = this.#dialect;
    if (heartbeat === undefined) return;
    this.#disarmHeartbeat?.();
    this.#disarmHeartbeat = this.#keeper.clock.after(this.#keeper.config.heartbeat, () => {
      // One who does not even take what there is would only gather heartbeats.
      if (this.#onResume) this.#armHeartbeat();
      else this.#write(heartbeat);
    });
  }
}
