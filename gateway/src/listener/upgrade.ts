/**
 * Requests that ask to become a WebSocket. Node has taken their socket out of HTTP by then; they go the way of every
 * other request all the same, and are answered on that socket: with 101 where a handler wants a WebSocket, and else
 * with the handler's reply, after which the connection closes.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Handler, Reply } from '../core/exchange.ts';
import type { Connection } from './connections.ts';
import { HttpExchange } from './exchange.ts';
import type { ListenConfig } from './listen-config.ts';
import { readHead } from './request-head.ts';
import { Answer, type AnswerOptions } from './respond.ts';
import { asksForWebSocket, handshakeFault, openWebSocket } from './websocket.ts';

export interface UpgradeOptions {
  readonly limits: ListenConfig['limits'];
  readonly clock: Clock;
  readonly now: () => number;
  readonly answer: AnswerOptions;
  readonly handle: Handler;
  /** Answers one whose head or handshake is unsound. */
  readonly refuse: (connection: Connection, exchange: HttpExchange, error: FrontdeskError) => Promise<Reply>;
  /** The reply where no step caught what was thrown. */
  readonly lastResort: (exchange: HttpExchange, thrown: unknown) => Reply;
}

/** The answer that a request waits for; none once it has become a WebSocket. */
interface Pending {
  answer: Answer | undefined;
}

export class Upgrades {
  readonly #options: UpgradeOptions;

  constructor(options: UpgradeOptions) {
    this.#options = options;
  }

  take(connection: Connection, request: IncomingMessage, early: Uint8Array): void {
    const { socket } = connection;
    socket.on('error', () => {});
    // Its answer would have to wait for those before it, on a socket that node has let go of: these are the last.
    if (connection.closing || connection.inFlight > 0) {
      connection.closing = true;
      if (connection.inFlight === 0) socket.destroy();
      return;
    }
    const { limits, clock, now, handle, refuse } = this.#options;
    const head = readHead(request, limits);
    connection.inFlight += 1;
    connection.requests += 1;
    connection.closing = true;
    const { method = '', url = '' } = request;
    const exchange = new HttpExchange(head, method, url, connection, clock, now);
    const response = new ServerResponse(request);
    const answer = new Answer(response, exchange, undefined, this.#options.answer);
    const pending: Pending = { answer };
    socket.once('close', () => {
      connection.inFlight -= 1;
      pending.answer?.closed();
    });
    let fault = head.violation ?? connection.misdirection(head.host);
    // Without a choice (Node before 24.9) every offer of another protocol comes here.
    if (!fault && head.bodyLength !== 0)
      fault = new FrontdeskError('bad_request', { detail: 'Upgrade with a body' });
    if (!fault && asksForWebSocket(request)) {
      fault = handshakeFault(exchange.headers, early, request.httpVersionMinor);
      exchange.dispatch = handle;
    }
    const replied = fault ? refuse(connection, exchange, fault) : handle(exchange);
    replied
      .catch((error: unknown) => this.#options.lastResort(exchange, error))
      .then((reply) => this.#reply(connection, request, exchange, response, pending, reply));
  }

  #reply(
    connection: Connection,
    request: IncomingMessage,
    exchange: HttpExchange,
    response: ServerResponse,
    pending: Pending,
    reply: Reply,
  ): void {
    exchange.deadline.end();
    const { socket } = connection;
    const { upgrade, settlement, headers } = reply;
    if (upgrade && !socket.destroyed && exchange.dispatch) {
      const closed = (bytes: number): void => {
        exchange.cancellation.cancel(new FrontdeskError('client_closed'));
        settlement.settle({ kind: 'complete', bytes });
      };
      // From here on the socket tells of its end itself, and how it came: that must not be overtaken by this.
      pending.answer = undefined;
      openWebSocket({ request, socket, headers, upgrade, clock: this.#options.clock, closed });
      return;
    }
    if (upgrade) {
      // Gone before it began.
      settlement.settle({ kind: 'aborted', bytes: 0, error: new FrontdeskError('client_closed') });
      socket.destroy();
      return;
    }
    socket.once('timeout', () => socket.destroy());
    if (!socket.destroyed) response.assignSocket(socket);
    response.once('finish', () => {
      pending.answer?.closed();
      response.detachSocket(socket);
      socket.destroySoon();
    });
    pending.answer?.send(reply, true);
  }
}
