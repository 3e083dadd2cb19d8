/**
 * One HTTP/2 connection to an endpoint (RFC 9113): how many streams it may carry, what runs on it, and how it ends.
 * It counts as open when the backend's SETTINGS came: only then it is known to speak HTTP/2, and how much it bears.
 */
import http2, { type ClientHttp2Session } from 'node:http2';
import type net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { connectedEvent, type Destination, dial, notInTime } from './dial.ts';
import type { Http2Attempt } from './http2-attempt.ts';
import { toConnectError } from './http2-errors.ts';

/** What one stream may hold unread, and a connection at once. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/** Streams after which a connection is replaced in good order: their numbers are finite. */
const MAX_STREAMS_EVER = 1_000_000;
/** Most streams of a connection, where the backend sets no limit of its own. */
const MAX_CONCURRENT_STREAMS = 1_000;
const MAX_HEADER_PAIRS = 256;
const MAX_SESSION_MEMORY_MB = 256;

export interface SessionOptions {
  readonly destination: Destination;
  readonly clock: Clock;
  readonly connectMs: number;
  /** How long it is kept with nothing to do. */
  readonly keepAliveMs: number;
  readonly maxHeaderBytes: number;
  /** After so many streams it leaves. Default: a million. */
  readonly maxStreamsEver?: number;
  /** Protocols to offer by ALPN, over TLS. */
  readonly alpn: readonly string[];
}

export interface SessionListener {
  /** It may take streams, or more of them than before. */
  onRoom(session: Session): void;
  /** It is gone, or takes no more streams; `error` where it never opened. */
  onGone(session: Session, error: FrontdeskError | undefined): void;
  /** The backend picked another protocol than HTTP/2: false where that is of no use. */
  onHttp1(): boolean;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  readonly #attempts = new Set<Http2Attempt>();
  readonly #socket: net.Socket;
  #http2: ClientHttp2Session | undefined;
  #open = false;
  #gone = false;
  /** Its backend let a request time out: nothing new is sent on it until it answers a ping. */
  #suspect = false;
  #served = 0;
  #limit = MAX_CONCURRENT_STREAMS;
  #disarm: () => void;

  readonly #onSocketError = (error: Error): void => this.#fail(toConnectError(error));
  readonly #onSocketClose = (): void => this.#fail(toConnectError(new Error('the connection was closed')));

  constructor(options: SessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
    const { clock, connectMs, destination, alpn } = options;
    this.#socket = dial(destination, alpn);
    this.#disarm = clock.after(connectMs, () => this.#fail(notInTime(connectMs)));
    this.#socket.on('error', this.#onSocketError);
    this.#socket.on('close', this.#onSocketClose);
    this.#socket.once(connectedEvent(destination), () => this.#connected());
  }

  get opening(): boolean {
    return !this.#open && !this.#gone;
  }

  /** Whether it takes another stream now. */
  get hasRoom(): boolean {
    const session = this.#http2;
    // Node closes it as soon as a GOAWAY came, and tells of it later.
    if (!session || session.closed || session.destroyed) return false;
    return this.#open && !this.#gone && !this.#suspect && this.#attempts.size < this.#limit;
  }

  get active(): number {
    return this.#attempts.size;
  }

  run(attempt: Http2Attempt): void {
    const session = this.#http2;
    if (!session) return;
    this.#disarm();
    this.#attempts.add(attempt);
    const reused = this.#served > 0;
    this.#served += 1;
    try {
      attempt.run(session, reused, () => this.#finished(attempt));
    } catch (error) {
      this.#attempts.delete(attempt);
      const detail = error instanceof Error ? error.message : String(error);
      attempt.refuse(new FrontdeskError('internal', { detail, cause: error }));
    }
    if (this.#served >= (this.#options.maxStreamsEver ?? MAX_STREAMS_EVER)) this.leave();
  }

  owns(session: ClientHttp2Session): boolean {
    return this.#http2 === session;
  }

  /** Finds out whether anybody is there. Connections may die without a word; then every call would time out. */
  probe(): void {
    const { clock, connectMs } = this.#options;
    const session = this.#http2;
    if (this.#suspect || this.#gone || !session || session.destroyed) return;
    this.#suspect = true;
    const disarm = clock.after(connectMs, () => {
      session.destroy(new FrontdeskError('upstream_reset', { detail: 'the backend answers no ping' }));
    });
    const asked = session.ping((error) => {
      disarm();
      if (error) return;
      this.#suspect = false;
      if (this.hasRoom) this.#listener.onRoom(this);
    });
    if (!asked) disarm();
  }

  /** Takes nothing new; ends with its last stream. */
  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#disarm();
    const session = this.#http2;
    // What was asked for in this turn of the event loop is not sent yet, and after our GOAWAY it never would be.
    if (session) setImmediate(() => session.close());
    else this.#socket.destroy();
    this.#listener.onGone(this, undefined);
  }

  /** Calls `listener` once, when its socket is closed. */
  onClosed(listener: () => void): void {
    if (this.#socket.closed) listener();
    else this.#socket.once('close', listener);
  }

  #connected(): void {
    if (this.#gone) return;
    const { destination, maxHeaderBytes } = this.#options;
    if (this.#socket instanceof tls.TLSSocket && this.#socket.alpnProtocol !== 'h2') {
      this.#speaksHttp1();
      return;
    }
    const options = {
      createConnection: () => this.#socket,
      maxHeaderListPairs: MAX_HEADER_PAIRS,
      maxSessionMemory: MAX_SESSION_MEMORY_MB,
      // What comes twice goes on twice, as over HTTP/1.1; node would throw, in its own callback for trailers.
      strictSingleValueFields: false,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: maxHeaderBytes,
      },
    };
    const session = http2.connect(destination.address.origin, options);
    this.#http2 = session;
    // From here on the session answers for its socket.
    this.#socket.removeListener('error', this.#onSocketError);
    this.#socket.removeListener('close', this.#onSocketClose);
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    session.on('remoteSettings', ({ maxConcurrentStreams }) => this.#settings(maxConcurrentStreams));
    session.on('goaway', (_code, lastStreamId) => this.#goaway(lastStreamId));
    session.on('error', this.#onSocketError);
    session.on('close', this.#onSocketClose);
  }

  #speaksHttp1(): void {
    if (this.#listener.onHttp1()) {
      this.leave();
      return;
    }
    const detail = 'the backend does not speak HTTP/2 (ALPN)';
    this.#fail(new FrontdeskError('upstream_connect', { detail }));
  }

  #settings(maxConcurrentStreams = MAX_CONCURRENT_STREAMS): void {
    this.#limit = Math.min(maxConcurrentStreams, MAX_CONCURRENT_STREAMS);
    if (!this.#open) {
      this.#open = true;
      this.#disarm();
      this.#rest();
    }
    if (this.hasRoom) this.#listener.onRoom(this);
  }

  /** Node lets what runs below `lastStreamId` end by itself, unless the backend goes in anger. */
  #goaway(lastStreamId: number): void {
    for (const attempt of this.#attempts) if (attempt.streamId > lastStreamId) attempt.markUnprocessed();
    if (this.#gone) return;
    this.#gone = true;
    this.#listener.onGone(this, undefined);
  }

  #finished(attempt: Http2Attempt): void {
    this.#attempts.delete(attempt);
    if (this.#gone) return;
    if (this.#attempts.size === 0) this.#rest();
    if (this.hasRoom) this.#listener.onRoom(this);
  }

  #rest(): void {
    this.#disarm();
    this.#disarm = this.#options.clock.after(this.#options.keepAliveMs, () => {
      if (this.#attempts.size === 0) this.leave();
    });
  }

  #fail(error: FrontdeskError): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#disarm();
    if (this.#http2) this.#http2.destroy();
    else this.#socket.destroy();
    this.#listener.onGone(this, this.#open ? undefined : error);
  }
}
