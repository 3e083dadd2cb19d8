/**
 * The HTTP/1.1 listener: takes connections, checks each request's head, hands sound requests to `handle` as an
 * `Exchange` and writes the reply. Unsound ones go to `refuse` and never to `handle`, and their connection closes.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import type { Reply } from '../core/exchange.ts';
import type { Instrument } from '../core/meter.ts';
import { problemReply } from '../wire/problem-details.ts';
import { makeIdSource } from '../wire/trace-context.ts';
import { type Connection, Connections } from './connections.ts';
import { type DrainResult, drainConnections, waited } from './drain.ts';
import { Entrance, type Place } from './entrance.ts';
import { HttpExchange } from './exchange.ts';
import { serveHttp2 } from './http2.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { mayBeFollowed } from './pipelined-bytes.ts';
import { type ProxyHeaders, readProxyHeaders } from './proxy-header.ts';
import { type ParserError, refusalOf, unknownMethod, writeRefusal } from './refusal.ts';
import { RequestBody } from './request-body.ts';
import { readHead } from './request-head.ts';
import { Answer, type AnswerOptions } from './respond.ts';
import { type ListeningServer, makeServer } from './server.ts';
import { Upgrades } from './upgrade.ts';

/** Whoever comes through a Unix socket is on this machine. */
const LOCAL = '127.0.0.1';

export function createListener(options: ListenerOptions): Listener {
  return new HttpListener(options);
}

class HttpListener implements Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #entrance: Entrance;
  readonly #connections = new Connections();
  readonly #ids = makeIdSource();
  readonly #now: () => number;
  readonly #answerOptions: AnswerOptions;
  readonly #refused: Instrument;
  #proxyHeaders: ProxyHeaders | undefined;
  #draining = false;
  #closesConnections = false;
  #secure: ListeningServer['secure'];

  constructor(options: ListenerOptions) {
    const { config, clock, meter } = options;
    this.#options = options;
    this.#now = () => clock.now();
    this.#answerOptions = {
      clock,
      sendTimeoutMs: config.timeouts.send,
      lingerMs: config.timeouts.linger,
    };
    this.#refused = meter.counter({
      name: 'frontdesk_listener_refused_total',
      help: 'Requests refused because of their head or framing, by error code.',
      labels: ['listener', 'code'],
    });
    this.#server = this.#makeServer();
    this.#entrance = new Entrance(this.#server, options);
  }

  get draining(): boolean {
    return this.#draining;
  }

  listen(): Promise<Place> {
    return this.#entrance.open();
  }

  get listening(): NetServer | undefined {
    return this.#entrance.listening;
  }

  get requestsInFlight(): number {
    return this.#connections.inFlight;
  }

  async drain(graceMs?: number, announceMs = this.#options.config.drain.announce): Promise<DrainResult> {
    const { config, clock } = this.#options;
    this.#draining = true;
    if (announceMs > 0) await waited(clock, announceMs);
    await this.#entrance.close();
    // Not before: who is sent away comes again at once, to where we still accept.
    this.#closesConnections = true;
    this.#proxyHeaders?.close();
    this.#options.onDrain?.();
    for (const connection of this.#connections) connection.leave?.();
    const result = await drainConnections(this.#connections, {
      clock,
      idleMs: config.drain.idle,
      graceMs: graceMs ?? config.drain.grace,
    });
    this.#server.close();
    return result;
  }

  renewCertificates(): void {
    this.#secure?.renew();
  }

  async close(): Promise<void> {
    this.#draining = true;
    this.#closesConnections = true;
    const closed = new Promise<void>((resolve) => {
      if (this.#connections.size === 0) resolve();
      else this.#connections.onEmpty(resolve);
    });
    this.#server.close();
    this.#proxyHeaders?.close();
    this.#connections.destroyAll();
    await closed;
  }

  #makeServer(): Server {
    const { config, meter, name } = this.#options;
    const { server, secure } = makeServer({
      ...this.#options,
      takeHttp2: (socket) => this.#onHttp2(socket),
      onTrustChanged: () => {
        const reviewed = this.#connections.review((socket) => this.#secure?.isRevoked(socket) ?? false);
        this.#options.logger.info(reviewed, "clients' authorities or revocation lists changed");
      },
    });
    this.#secure = secure;
    const gauge = meter.gauge({
      name: 'frontdesk_listener_connections',
      help: 'Open client connections.',
      labels: ['listener'],
    });
    const dropped = meter.counter({
      name: 'frontdesk_listener_connections_dropped_total',
      help: 'Connections closed unheard because too many were open.',
      labels: ['listener'],
    });
    const { onConnection } = this.#options;
    if (onConnection) server.on('connection', onConnection);
    // Only when TLS is agreed upon there is a client.
    server.on(config.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      // One that was refused by its client's certificate.
      if (socket.destroyed) return;
      const source = config.socket === undefined ? this.#proxyHeaders?.sourceOf(socket) : LOCAL;
      this.#connections.open(socket, this.#secure, source);
      gauge(this.#connections.size, name);
      socket.once('close', () => {
        this.#connections.delete(socket);
        gauge(this.#connections.size, name);
      });
    });
    server.on('drop', () => dropped(1, name));
    server.on('request', (request, response) => this.#onRequest(request, response, false));
    server.on('checkContinue', (request, response) => this.#onRequest(request, response, true));
    // Any other expectation: `readHead` refuses it, and its body is not waited for either.
    server.on('checkExpectation', (request, response) => this.#onRequest(request, response, true));
    server.on('clientError', (error, socket) => this.#onClientError(error, socket));
    server.on('connect', (request, socket) => this.#onConnect(request, socket));
    const upgrades = new Upgrades({
      limits: config.limits,
      clock: this.#options.clock,
      now: this.#now,
      answer: this.#answerOptions,
      handle: this.#options.handle,
      refuse: (connection, exchange, error) => this.#refuse(connection, exchange, error),
      lastResort: (exchange, thrown) => this.#lastResort(exchange, thrown),
    });
    server.on('upgrade', (request, socket, early) => {
      const connection = this.#connections.get(request.socket);
      if (connection) upgrades.take(connection, request, early);
      else socket.destroy();
    });
    this.#proxyHeaders = readProxyHeaders(server, this.#options);
    return server;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const connection = this.#connections.get(request.socket);
    if (!connection || connection.closing) return;
    const { config, clock, handle } = this.#options;
    const head = readHead(request, config.limits);
    connection.inFlight += 1;
    connection.requests += 1;
    if (head.offersProtocol && mayBeFollowed(request, head.bodyLength !== 0)) connection.closing = true;
    const { method = '', url = '' } = request;
    const exchange = new HttpExchange(head, method, url, connection, clock, this.#now);
    let body: RequestBody | undefined;
    if (head.bodyLength !== 0) {
      body = new RequestBody(request, response, exchange, head.bodyLength, awaitsContinue);
      exchange.body = body;
    }
    connection.receiving = body;
    const answer = new Answer(response, exchange, body, this.#answerOptions);
    if (request.httpVersionMinor === 1) exchange.interim = answer;
    // Not `once`: it comes once, and its wrapper costs more than the rest of this.
    response.on('close', () => {
      connection.inFlight -= 1;
      if (connection.receiving === body) connection.receiving = undefined;
      answer.closed();
      // A refusal of later bytes waited for this reply, whose head had not announced it.
      if (connection.closing && connection.inFlight === 0) connection.socket.destroySoon();
    });
    const refusal = head.violation ?? connection.misdirection(head.host) ?? this.#pipelineRefusal(connection);
    const replied = refusal ? this.#refuse(connection, exchange, refusal) : handle(exchange);
    replied.then(
      (reply) => this.#reply(connection, answer, exchange, reply),
      (error) => this.#replyLastResort(connection, answer, exchange, error),
    );
  }

  #onHttp2(socket: Socket): void {
    const source = this.#proxyHeaders?.sourceOf(socket);
    const connection = this.#connections.open(socket, this.#secure, source);
    const { config, clock, handle } = this.#options;
    serveHttp2(connection, {
      config,
      clock,
      now: this.#now,
      answer: this.#answerOptions,
      handle,
      refuse: (refused, exchange, error) => this.#refuse(refused, exchange, error),
      lastResort: (exchange, thrown) => this.#lastResort(exchange, thrown),
    });
    // One whose handshake ended after we began to leave.
    if (this.#closesConnections) connection.leave?.();
  }

  #pipelineRefusal(connection: Connection): FrontdeskError | undefined {
    if (connection.inFlight <= this.#options.config.limits.pipelined) return undefined;
    return new FrontdeskError('overloaded', { detail: 'too many pipelined requests' });
  }

  #refuse(connection: Connection, exchange: HttpExchange, error: FrontdeskError): Promise<Reply> {
    connection.closing = true;
    exchange.error = error;
    this.#refused(1, this.#options.name, error.code);
    if (this.#options.refuse) return this.#options.refuse(exchange, error);
    exchange.id = this.#ids.traceId();
    const reply = problemReply(error, exchange.id);
    reply.headers.append('x-request-id', exchange.id);
    return Promise.resolve(reply);
  }

  #reply(connection: Connection, answer: Answer, exchange: HttpExchange, reply: Reply): void {
    exchange.deadline.end();
    const close = this.#mustClose(connection, exchange, answer);
    if (close) connection.closing = true;
    try {
      answer.send(reply, close);
    } catch (error) {
      reply.body.discard(toFrontdeskError(error));
      reply.settlement.settle({ kind: 'failed', bytes: 0, error: toFrontdeskError(error) });
      this.#replyLastResort(connection, answer, exchange, error);
    }
  }

  /** Whether this reply is its connection's last. */
  #mustClose(connection: Connection, exchange: HttpExchange, answer: Answer): boolean {
    if (answer.leavesRequestUnread) return true;
    // Replies go out in the order of requests: the last of them says it, whichever is ready first.
    if (exchange.sequence < connection.requests) return false;
    return (
      connection.closing ||
      connection.isLeaving ||
      this.#closesConnections ||
      connection.requests >= this.#options.config.limits.requestsPerConnection
    );
  }

  /** For what no step caught, and for replies that can't be written as they are. */
  #replyLastResort(connection: Connection, answer: Answer, exchange: HttpExchange, thrown: unknown): void {
    const close = this.#mustClose(connection, exchange, answer);
    if (close) connection.closing = true;
    answer.send(this.#lastResort(exchange, thrown), close);
  }

  #lastResort(exchange: HttpExchange, thrown: unknown): Reply {
    const error = toFrontdeskError(thrown);
    exchange.error = error;
    this.#options.logger.error(
      { requestId: exchange.id, code: error.code, detail: error.detail },
      'unhandled error',
    );
    return problemReply(error, exchange.id);
  }

  /** The parser gave up on a connection, or its request took too long to arrive. */
  #onClientError(thrown: ParserError, stream: Duplex): void {
    const connection = this.#connections.get(stream);
    if (!connection || thrown.code === 'ECONNRESET' || !stream.writable) {
      stream.destroy();
      return;
    }
    const error = refusalOf(thrown);
    const { receiving, inFlight } = connection;
    const wasClosing = connection.closing;
    connection.closing = true;
    // A client that was to wait for `100 Continue` may be late for that, but not send what is no body.
    const isWithin =
      receiving?.isArriving || (receiving?.complete === false && error.code !== 'request_timeout');
    if (inFlight > 0 && receiving && isWithin) {
      // The client ended its side within a body: it is gone, and `close` says so to all.
      if (thrown.code === 'HPE_INVALID_EOF_STATE') stream.destroy();
      else receiving.breakOff(error);
    } else if (wasClosing) return;
    else if (inFlight === 0) this.#refuseConnection(connection, error);
    // Otherwise the requests before it are answered; then the connection closes.
    this.#refused(1, this.#options.name, error.code);
    this.#options.logger.debug(
      { client: connection.client.address, code: error.code, detail: error.detail },
      'refused what is not HTTP',
    );
  }

  #refuseConnection(connection: Connection, error: FrontdeskError): void {
    const { socket } = connection;
    writeRefusal(socket, error, this.#ids.traceId(), this.#options.clock.wall());
    // Lets the refusal be read before the socket goes, where its client still sends.
    const disarm = this.#options.clock.after(this.#options.config.timeouts.linger, () => socket.destroy());
    socket.once('close', disarm);
  }

  /** CONNECT: node has taken the socket out of HTTP by now, so the refusal is written to it. */
  #onConnect(request: IncomingMessage, socket: Duplex): void {
    const connection = this.#connections.get(request.socket);
    if (!connection || connection.closing || connection.inFlight > 0) {
      // The answers to those before it come first, and are the last.
      if (connection && connection.inFlight > 0) connection.closing = true;
      else socket.destroy();
      return;
    }
    connection.closing = true;
    const error = unknownMethod('CONNECT');
    this.#refused(1, this.#options.name, error.code);
    socket.on('error', () => {});
    this.#refuseConnection(connection, error);
    socket.resume();
  }
}
