/**
 * HTTP/2 for clients (RFC 9113), by ALPN: each stream becomes an exchange like any other. A connection that breaks off
 * more requests than it sends, or keeps us busy with anything but requests, is closed (CVE-2023-44487 and its kin); how
 * much one may hold at once is limited by settings, header fields by node and by us.
 */
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Handler, Reply } from '../core/exchange.ts';
import { Pace } from '../core/pace.ts';
import type { Connection } from './connections.ts';
import { HttpExchange } from './exchange.ts';
import { grpcTimeoutMs, isGrpc } from './grpc-reply.ts';
import type { ListenConfig } from './listen-config.ts';
import type { AnswerOptions } from './respond.ts';
import { StreamAnswer } from './stream-answer.ts';
import { StreamBody } from './stream-body.ts';
import { readStreamHead } from './stream-head.ts';

export interface Http2Options {
  readonly config: ListenConfig;
  readonly clock: Clock;
  readonly now: () => number;
  readonly answer: AnswerOptions;
  readonly handle: Handler;
  /** Answers a request whose head is unsound. */
  readonly refuse: (connection: Connection, exchange: HttpExchange, error: FrontdeskError) => Promise<Reply>;
  /** The reply where no step caught what was thrown. */
  readonly lastResort: (exchange: HttpExchange, thrown: unknown) => Reply;
}

/** What one stream's client may send before somebody reads it. */
const STREAM_WINDOW_BYTES = 64 * 1024;
const CONNECTION_WINDOW_BYTES = 1024 * 1024;
/** Frames a second that are no requests. */
const PINGS_PER_SECOND = 100;
const SETTINGS_PER_SECOND = 10;
/** A connection's memory in megabytes, and frames that are against the rules before it is closed. */
const SESSION_MEMORY_MB = 16;
const INVALID_FRAMES = 100;
/** The last stream of a first GOAWAY: none is given up yet (§6.8). */
const NO_STREAM_YET = 2 ** 31 - 1;
/** How long a client has to hear of our leaving before what it sends is refused. */
const LEAVE_AFTER_MS = 1_000;

/** Serves HTTP/2 on a connection until it ends. */
export function serveHttp2(connection: Connection, options: Http2Options): void {
  const { limits } = options.config;
  const session = performServerHandshake(connection.socket, {
    maxSessionMemory: SESSION_MEMORY_MB,
    maxSessionInvalidFrames: INVALID_FRAMES,
    maxSessionRejectedStreams: limits.concurrentStreams,
    // What a backend says twice goes on twice, as over HTTP/1.1; node would throw, in its own callback for trailers.
    strictSingleValueFields: false,
    // We count the fields ourselves and answer 431; what is far beyond is reset unheard.
    maxHeaderListPairs: limits.headerCount * 2,
    streamResetBurst: limits.streamResets,
    streamResetRate: limits.streamResets,
    settings: {
      enablePush: false,
      enableConnectProtocol: false,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxConcurrentStreams: limits.concurrentStreams,
      maxHeaderListSize: limits.headerSize * 2,
    },
  });
  new Http2Connection(connection, session, options).listen();
}

class Http2Connection {
  readonly #connection: Connection;
  readonly #session: ServerHttp2Session;
  readonly #options: Http2Options;
  readonly #resets: Pace;
  readonly #pings: Pace;
  readonly #settings: Pace;
  #leaving = false;
  #disarm: () => void = () => {};

  constructor(connection: Connection, session: ServerHttp2Session, options: Http2Options) {
    const { clock, config } = options;
    this.#connection = connection;
    this.#session = session;
    this.#options = options;
    this.#resets = new Pace(clock, config.limits.streamResets);
    this.#pings = new Pace(clock, PINGS_PER_SECOND);
    this.#settings = new Pace(clock, SETTINGS_PER_SECOND);
  }

  listen(): void {
    const session = this.#session;
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on('stream', (stream, fields, flags, raw) => this.#onStream(stream, fields, flags, raw));
    session.on('ping', () => this.#counts(this.#pings));
    session.on('remoteSettings', () => this.#counts(this.#settings));
    // Told to nobody: the connection closes, and that is all there is to do.
    session.on('error', () => {});
    session.on('close', () => this.#disarm());
    this.#connection.leave = () => this.#leave();
    this.#rest(this.#options.config.timeouts.headers);
  }

  #onStream(
    stream: ServerHttp2Stream,
    _fields: IncomingHttpHeaders,
    flags: number,
    raw: readonly string[],
  ): void {
    const { config, clock, now, handle, refuse, lastResort } = this.#options;
    const connection = this.#connection;
    stream.on('error', () => {});
    const endsHere = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const { head, method, target } = readStreamHead(raw, endsHere, config.limits);
    this.#disarm();
    connection.inFlight += 1;
    connection.requests += 1;
    const exchange = new HttpExchange(head, method, target, connection, clock, now);
    const call = isGrpc(head.headers);
    const body = endsHere ? undefined : new StreamBody(stream, exchange, head.bodyLength);
    if (body) exchange.body = body;
    // Node would reset a stream that nobody reads as soon as it is answered.
    else stream.resume();
    const answer = new StreamAnswer(stream, exchange, body, call, this.#options.answer);
    exchange.interim = answer;
    const stops: (() => void)[] = [];
    if (call) stops.push(limitCall(exchange, clock));
    else if (body) stops.push(limitArrival(body, exchange, clock, config.timeouts.request));
    stream.on('close', () => {
      for (const stop of stops) stop();
      answer.closed();
      this.#streamClosed(answer.wasBrokenOff);
    });
    if (connection.requests >= config.limits.requestsPerConnection) this.#leave();
    const refusal = head.violation ?? connection.misdirection(head.host);
    const replied = refusal ? refuse(connection, exchange, refusal) : handle(exchange);
    replied
      .catch((error: unknown) => lastResort(exchange, error))
      .then((reply) => this.#reply(answer, exchange, reply));
  }

  #reply(answer: StreamAnswer, exchange: HttpExchange, reply: Reply): void {
    exchange.deadline.end();
    try {
      answer.send(reply);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      reply.body.discard(error);
      reply.settlement.settle({ kind: 'failed', bytes: 0, error });
      answer.send(this.#options.lastResort(exchange, thrown));
    }
  }

  #streamClosed(brokenOff: boolean): void {
    const connection = this.#connection;
    connection.inFlight -= 1;
    if (brokenOff) this.#counts(this.#resets);
    if (connection.inFlight === 0) this.#rest(this.#options.config.timeouts.keepAlive);
  }

  /** Counts what a client may do so often and no oftener. */
  #counts(pace: Pace): void {
    if (pace.take() || this.#session.destroyed) return;
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** With nothing to do, a connection is kept for so long, whatever else comes on it. */
  #rest(ms: number): void {
    this.#disarm();
    if (!this.#session.destroyed) this.#disarm = this.#options.clock.after(ms, () => this.#session.close());
  }

  /** Says that nothing new is taken, lets what is under way to us arrive, and ends with the last stream. */
  #leave(): void {
    const session = this.#session;
    if (this.#leaving || session.destroyed) return;
    this.#leaving = true;
    session.goaway(constants.NGHTTP2_NO_ERROR, NO_STREAM_YET);
    const disarm = this.#options.clock.after(LEAVE_AFTER_MS, () => session.close());
    session.on('close', disarm);
  }
}

/** A gRPC call ends with its `grpc-timeout`, its answer's body included. */
function limitCall(exchange: HttpExchange, clock: Clock): () => void {
  const asked = grpcTimeoutMs(exchange.headers);
  if (asked === undefined) return () => {};
  // No whole number: clients choose it, and the clock keeps a list for each whole delay that it was asked for.
  const ms = Math.floor(asked) + 0.5;
  exchange.deadline.within(ms);
  return clock.after(ms, () => exchange.cancellation.cancel(new FrontdeskError('deadline_exceeded')));
}

/** A request must have arrived after so long. (A call of gRPC may be a conversation: its deadline limits it.) */
function limitArrival(body: StreamBody, exchange: HttpExchange, clock: Clock, ms: number): () => void {
  return clock.after(ms, () => {
    if (body.hasArrived) return;
    const error = new FrontdeskError('request_timeout');
    body.breakOff(error);
    exchange.cancellation.cancel(error);
  });
}
