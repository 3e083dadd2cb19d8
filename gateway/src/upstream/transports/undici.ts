/**
 * HTTP/1.1 to one endpoint (RFC 9112) through undici's `dispatch`: no redirects, no decoding, no retries of its own.
 */
import { type buildConnector, Pool } from 'undici';
import { WholeBody } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { UpstreamCall } from '../call.ts';
import { type ConnectionEvents, makeConnector } from './connector.ts';
import { type AttemptLimits, Http1Attempt } from './http1-attempt.ts';
import { RequestStream } from './request-stream.ts';
import type { Transport } from './transport.ts';

export interface UndiciOptions {
  readonly clock: Clock;
  /** Scheme, host, port and base path; the path is put before every call's own. */
  readonly url: string;
  readonly connectMs: number;
  /** Longest silence within a reply's body. */
  readonly idleMs: number;
  /** How long an unused connection is kept. Shorter than the backend keeps it, or its close meets our request. */
  readonly keepAliveMs: number;
  readonly connections: number;
  readonly maxHeaderBytes: number;
  /** Largest reply body; `undefined` for none. */
  readonly maxReplyBytes: number | undefined;
}

export class UndiciTransport implements Transport {
  readonly #pool: Pool;
  readonly #limits: AttemptLimits;
  readonly #events: ConnectionEvents = { opening: false, resetting: false };

  constructor(options: UndiciOptions) {
    const url = new URL(options.url);
    this.#limits = {
      origin: url.origin,
      basePath: url.pathname.replace(/\/+$/, ''),
      maxReplyBytes: options.maxReplyBytes ?? Number.POSITIVE_INFINITY,
    };
    const connect: buildConnector.connector = makeConnector({
      clock: options.clock,
      connectMs: options.connectMs,
      events: this.#events,
    });
    this.#pool = new Pool(url.origin, {
      connect,
      connections: options.connections,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs,
      maxHeaderSize: options.maxHeaderBytes,
      // The head's limit is the `timeout` step's matter.
      headersTimeout: 0,
      bodyTimeout: options.idleMs,
    });
  }

  send(call: UpstreamCall): Promise<UpstreamReply> {
    const attempt = new Http1Attempt(call, this.#events, this.#limits);
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
    this.#pool.dispatch(
      { path: this.#limits.basePath + call.path, method: call.method, headers: headers.flat, body: payload },
      attempt,
    );
    return attempt.head;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
