import type { Body } from './body.ts';
import type { CallContext } from './exchange.ts';
import type { HeaderFields } from './headers.ts';
import type { InterimSink } from './interim.ts';
import type { Outcome } from './settlement.ts';
import type { SocketOptions, UpstreamSocket } from './upstream-socket.ts';

/**
 * Asks for an answer that has no end of its own. It is held to other limits than an ordinary one: a place among the
 * endpoint's streams, silence instead of size and time; its breaker judges the head alone.
 */
export interface StreamOptions {
  /** Longest silence, in milliseconds, before the stream counts as broken. */
  readonly idleMs: number;
  /** Asks for a WebSocket by the handshake of RFC 6455: method GET, no body. */
  readonly socket?: SocketOptions;
}

/** What may end an attempt without a reply. `refused`: the backend says that it did nothing (RFC 9113 §8.7). */
export type RetryError = 'connect' | 'refused' | 'reset' | 'invalid' | 'timeout';

/** What a caller wants of retries other than the upstream says; what is `undefined` is the upstream's. Milliseconds. */
export interface RetryRules {
  readonly max?: number | undefined;
  readonly status?: readonly number[] | undefined;
  readonly errors?: readonly RetryError[] | undefined;
  /** Upper case; `any` for whatever may be sent twice. */
  readonly methods?: 'any' | readonly string[] | undefined;
  readonly backoff?: number | undefined;
  readonly maxBackoff?: number | undefined;
  readonly maxRetryAfter?: number | undefined;
  readonly minRemaining?: number | undefined;
}

/** A call to a backend as its causer states it; the outbound chain does the rest. */
export interface UpstreamRequest {
  /** A name under `upstreams` in the configuration. */
  readonly upstream: string;
  readonly context: CallContext;
  readonly method: string;
  /** Origin-form: path and query. The upstream's own base path is put before it. */
  readonly path: string;
  /**
   * Fields to send. Hop-by-hop fields, `host`, identity, forwarding, trace and credential fields are the
   * chain's own matter: it takes away what came under those names and sets its own.
   */
  readonly headers: HeaderFields;
  readonly body: Body;
  /**
   * Whether sending it twice does no more than sending it once. By default the method says (RFC 9110 §9.2.2);
   * a GraphQL query by POST says so itself.
   */
  readonly idempotent?: boolean;
  /** Limit of one attempt; by default the upstream's own. What remains of the deadline always cuts it. */
  readonly timeoutMs?: number | undefined;
  /** By what to try again, where it differs from the upstream's own. One object for many calls. */
  readonly retry?: RetryRules | undefined;
  /**
   * Where given, identical calls in flight may share one answer (a read that differs in nothing that is sent). The
   * reply is read whole then; one of more than this many bytes is refused with `upstream_too_large`.
   */
  readonly share?: number | undefined;
  /** What caused it, for the timeline: a part, a fetch, a route. */
  readonly label?: string;
  readonly stream?: StreamOptions | undefined;
  /** Whether the caller takes a gRPC reply's messages apart, and puts each, as JSON, through the reply's `strip`. */
  readonly readsMessages?: boolean | undefined;
  /** Hears interim replies of the first attempt; by default nobody does. */
  readonly interim?: InterimSink | undefined;
}

export interface UpstreamReply {
  readonly status: number;
  /** End-to-end fields only: hop-by-hop ones are gone. */
  readonly headers: HeaderFields;
  /** Must be started or discarded, or the connection stays taken. */
  readonly body: Body;
  /** Resolves when the last byte came or the exchange with the backend broke. Never rejects. */
  readonly settled: Promise<Outcome>;
  /** Where one was asked for and the status is 101; the body is empty then. Must be closed. */
  readonly socket?: UpstreamSocket | undefined;
  /**
   * Set on a stream, or on gRPC's messages, that hold members that nobody may see: whoever reads it puts each message, a JSON
   * text, through this. `undefined` is answered for what is not JSON.
   */
  readonly strip?: ((json: Uint8Array) => Uint8Array | undefined) | undefined;
}

/**
 * The one door to the backends. Rejects with a `FrontdeskError` when there is no answer to give; an answer with
 * an error status is an answer.
 */
export type CallUpstream = (request: UpstreamRequest) => Promise<UpstreamReply>;
