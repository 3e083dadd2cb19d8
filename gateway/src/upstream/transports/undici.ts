/**
 * HTTP/1.1 to one endpoint (RFC 9112) through undici's `dispatch`: no redirects, no decoding, no retries of its own.
 */
import { type buildConnector, Pool } from 'undici';
import { WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import type { StreamOptions, UpstreamReply } from '../../core/upstream-call.ts';
import type { UpstreamCall } from '../call.ts';
import { type ConnectionEvents, makeConnector } from './connector.ts';
import type { Destination } from './dial.ts';
import { type AttemptLimits, Http1Attempt } from './http1-attempt.ts';
import { RequestStream } from './request-stream.ts';
import type { Transport } from './transport.ts';
import { WebSocketTransport } from './websocket.ts';

export interface UndiciOptions {
  readonly clock: Clock;
  /** The endpoint; its base path is put before every call's own. */
  readonly destination: Destination;
  readonly connectMs: number;
  /** Longest silence within a reply's body. */
  readonly idleMs: number;
  /** How long an unused connection is kept. Shorter than the backend keeps it, or its close meets our request. */
  readonly keepAliveMs: number;
  readonly connections: number;
  /** Connections for streams, beside the others. Default: as many. */
  readonly streams?: number;
  readonly maxHeaderBytes: number;
  /** Largest reply body; `undefined` for none. */
  readonly maxReplyBytes: number | undefined;
}

const KEEP_ALIVE_MARGIN_MS = 1_000;

export class UndiciTransport implements Transport {
  readonly #pool: Pool;
  readonly #makeStreamPool: () => Pool;
  /** Streams have connections of their own, or a few hundred would leave none for calls. Made on first use. */
  #streamPool: Pool | undefined;
  readonly #sockets: WebSocketTransport;
  readonly #limits: AttemptLimits;
  readonly #events: ConnectionEvents = { opening: false, resetting: false };

  constructor(options: UndiciOptions) {
    const { origin, basePath } = options.destination.address;
    this.#limits = {
      origin,
      basePath,
      maxReplyBytes: options.maxReplyBytes ?? Number.POSITIVE_INFINITY,
    };
    const connect: buildConnector.connector = makeConnector({
      clock: options.clock,
      connectMs: options.connectMs,
      events: this.#events,
      destination: options.destination,
    });
    const settings: Pool.Options = {
      connect,
      connections: options.connections,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs,
      // A backend that says how long it keeps a connection (`Keep-Alive: timeout=`) is left before that.
      keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
      maxHeaderSize: options.maxHeaderBytes,
      // The head's limit is the `timeout` step's matter.
      headersTimeout: 0,
      bodyTimeout: options.idleMs,
    };
    this.#pool = new Pool(origin, settings);
    this.#makeStreamPool = () =>
      new Pool(origin, { ...settings, connections: options.streams ?? options.connections });
    this.#sockets = new WebSocketTransport({
      clock: options.clock,
      destination: options.destination,
      connectMs: options.connectMs,
    });
  }

  send(call: UpstreamCall): Promise<UpstreamReply> {
    if (call.stream) return this.#sendStream(call, call.stream);
    const attempt = new Http1Attempt(call, this.#events, this.#limits);
    return this.#dispatch(call, attempt, this.#pool, null);
  }

  #sendStream(call: UpstreamCall, stream: StreamOptions): Promise<UpstreamReply> {
    if (stream.socket) return this.#sockets.open(call, stream, stream.socket);
    const attempt = new Http1Attempt(call, this.#events, {
      ...this.#limits,
      maxReplyBytes: Number.POSITIVE_INFINITY,
    });
    this.#streamPool ??= this.#makeStreamPool();
    return this.#dispatch(call, attempt, this.#streamPool, stream.idleMs);
  }

  /** `idleMs`: the longest silence within the body; null leaves it to the pool. */
  #dispatch(
    call: UpstreamCall,
    attempt: Http1Attempt,
    pool: Pool,
    idleMs: number | null,
  ): Promise<UpstreamReply> {
    call.running = attempt;
    if (attempt.over) return attempt.head;
    const { body, headers } = call;
    let payload: Uint8Array | RequestStream | null;
    if (body instanceof WholeBody) {
      payload = body.bytes.length === 0 ? null : body.bytes;
    } else {
      payload = new RequestStream(body);
      if (body.length !== undefined) headers.set('content-length', String(body.length));
    }
    pool.dispatch(
      {
        path: this.#limits.basePath + call.path,
        method: call.method,
        headers: headers.flat,
        body: payload,
        bodyTimeout: idleMs,
      },
      attempt,
    );
    return attempt.head;
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#streamPool?.close(), this.#sockets.close()]);
  }
}
