/**
 * HTTP/2 to one endpoint (RFC 9113): over TLS by ALPN, in the clear by prior knowledge. Calls share connections; another
 * is opened when those there are carry as many streams as the backend allows.
 */
import type { ClientHttp2Session } from 'node:http2';
import type { Clock } from '../../core/clock.ts';
import type { FrontdeskError } from '../../core/errors.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { UpstreamCall } from '../call.ts';
import type { Destination } from './dial.ts';
import { Http2Attempt, type Http2AttemptOptions, type Http2Limits } from './http2-attempt.ts';
import { Session, type SessionListener } from './http2-session.ts';
import type { Transport } from './transport.ts';
import { WebSocketTransport } from './websocket.ts';

export interface Http2Options {
  readonly clock: Clock;
  readonly destination: Destination;
  readonly connectMs: number;
  /** Longest silence within a reply's body. */
  readonly idleMs: number;
  /** How long a connection is kept with nothing to do. */
  readonly keepAliveMs: number;
  /** Most connections. */
  readonly connections: number;
  readonly maxHeaderBytes: number;
  /** Largest reply body; `undefined` for none. */
  readonly maxReplyBytes: number | undefined;
  /** Requests after which a connection is replaced. Default: a million. */
  readonly maxStreamsEver?: number;
  /** Where the backend may choose HTTP/1.1 (by ALPN): what speaks that. */
  readonly http1?: Transport;
}

const ALPN: readonly string[] = ['h2'];
const ALPN_BOTH: readonly string[] = ['h2', 'http/1.1'];
/** How many calls wait for a connection that is being opened before another is. */
const CALLS_PER_OPENING = 100;
/** How long none is opened beside those there after one that did not come about. */
const OPEN_AGAIN_MS = 500;

export class Http2Transport implements Transport, SessionListener {
  readonly #options: Http2Options;
  readonly #sessions = new Set<Session>();
  /** Sessions that take nothing new but are not closed yet. */
  readonly #leaving = new Set<Session>();
  /** Calls without a place on a connection, in the order they came. Their number is the bulkhead's matter. */
  #waiting = new Set<Http2Attempt>();
  readonly #sockets: WebSocketTransport;
  readonly #attemptOptions: Http2AttemptOptions;
  readonly #onClosed: (() => void)[] = [];
  #closing = false;
  /** No connection is opened beside others for a while. */
  #pausing = false;
  /** Set once the backend chose HTTP/1.1. */
  #http1: Transport | undefined;

  constructor(options: Http2Options) {
    this.#options = options;
    const { clock, destination, connectMs } = options;
    const { origin, basePath, secure, authority } = destination.address;
    const limits: Http2Limits = {
      origin,
      basePath,
      maxHeaderBytes: options.maxHeaderBytes,
      maxReplyBytes: options.maxReplyBytes ?? Number.POSITIVE_INFINITY,
    };
    this.#attemptOptions = {
      limits,
      scheme: secure ? 'https' : 'http',
      authority,
      clock,
      idleMs: options.idleMs,
      onUnprocessed: (attempt) => this.#placeAgain(attempt),
      onWithdrawn: (attempt) => this.#withdraw(attempt),
      onSilence: (session) => this.#probe(session),
    };
    this.#sockets = new WebSocketTransport({ clock, destination, connectMs });
  }

  send(call: UpstreamCall): Promise<UpstreamReply> {
    if (this.#http1) return this.#http1.send(call);
    const { stream } = call;
    if (stream?.socket) return this.#sockets.open(call, stream, stream.socket);
    const options = this.#attemptOptions;
    const attempt = new Http2Attempt(call, stream ? forStream(options, stream.idleMs) : options);
    call.running = attempt;
    if (!attempt.over) this.#place(attempt);
    return attempt.head;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const done = Promise.withResolvers<void>();
    this.#onClosed.push(done.resolve);
    if (this.#waiting.size === 0) for (const session of this.#sessions) session.leave();
    this.#checkClosed();
    await Promise.all([done.promise, this.#sockets.close(), this.#options.http1?.close()]);
  }

  onRoom(session: Session): void {
    const waiting = this.#waiting;
    for (const attempt of waiting) {
      if (!session.hasRoom) break;
      waiting.delete(attempt);
      if (!attempt.over) session.run(attempt);
    }
    if (this.#waiting.size > 0) this.#openFor();
    else if (this.#closing) for (const one of this.#sessions) one.leave();
  }

  onGone(session: Session, error: FrontdeskError | undefined): void {
    this.#sessions.delete(session);
    this.#leaving.add(session);
    session.onClosed(() => {
      this.#leaving.delete(session);
      this.#checkClosed();
    });
    // Where others carry calls, those that wait get their turn there.
    if (error && this.#sessions.size === 0) this.#refuseWaiting(error);
    else if (error) this.#openLater();
    else this.#openFor();
  }

  onHttp1(): boolean {
    const { http1 } = this.#options;
    if (!http1) return false;
    this.#http1 = http1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const attempt of waiting) if (!attempt.over) attempt.handOver(http1);
    return true;
  }

  #place(attempt: Http2Attempt): void {
    if (this.#run(attempt)) return;
    this.#waiting.add(attempt);
    this.#openFor();
  }

  /** Before those who wait: it has one more try, and behind them that may be at another connection's end. */
  #placeAgain(attempt: Http2Attempt): void {
    if (this.#run(attempt)) return;
    this.#waiting = new Set([attempt, ...this.#waiting]);
    this.#openFor();
  }

  #run(attempt: Http2Attempt): boolean {
    for (const session of this.#sessions) {
      if (!session.hasRoom) continue;
      session.run(attempt);
      return true;
    }
    return false;
  }

  /** Nobody waits for a place any more who has given up. */
  #withdraw(attempt: Http2Attempt): void {
    if (!this.#waiting.delete(attempt) || !this.#closing || this.#waiting.size > 0) return;
    for (const one of this.#sessions) one.leave();
  }

  /** A backend that takes no further connection is not asked for one as fast as it refuses. */
  #openLater(): void {
    if (this.#pausing) return;
    this.#pausing = true;
    this.#options.clock.after(OPEN_AGAIN_MS, () => {
      this.#pausing = false;
      this.#openFor();
    });
  }

  /** Opens what those who wait need, where more may be opened. */
  #openFor(): void {
    if (this.#pausing && this.#sessions.size > 0) return;
    let opening = 0;
    for (const session of this.#sessions) if (session.opening) opening += 1;
    while (
      this.#waiting.size > opening * CALLS_PER_OPENING &&
      this.#sessions.size < this.#options.connections
    ) {
      opening += 1;
      this.#sessions.add(
        new Session({ ...this.#options, alpn: this.#options.http1 ? ALPN_BOTH : ALPN }, this),
      );
    }
  }

  #refuseWaiting(error: FrontdeskError): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const attempt of waiting) attempt.refuse(error);
  }

  #probe(session: ClientHttp2Session): void {
    for (const one of this.#sessions) if (one.owns(session)) one.probe();
  }

  #checkClosed(): void {
    if (!this.#closing || this.#sessions.size > 0 || this.#leaving.size > 0) return;
    for (const resolve of this.#onClosed.splice(0)) resolve();
  }
}

/** A stream has no size, and a silence of its own. */
function forStream(options: Http2AttemptOptions, idleMs: number): Http2AttemptOptions {
  return { ...options, idleMs, limits: { ...options.limits, maxReplyBytes: Number.POSITIVE_INFINITY } };
}
