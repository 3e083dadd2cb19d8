/**
 * Makes a WebSocket of a request to the graph that asks for one. Before the handshake is answered it is known that the
 * page behind it may come here: browsers send cookies with every handshake, from whatever page (cross-site WebSocket
 * hijacking), and CORS does not hold them back.
 */
import { emptyBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, type Handler, makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { LEGACY_WS, TRANSPORT_WS } from '../wire/graphql-transport-ws.ts';
import { GraphSocket, type GraphSocketOptions } from './graph-socket.ts';

export type GraphUpgradeOptions = Pick<GraphSocketOptions, 'keeper' | 'identify' | 'payloadFields'>;

/** Pings, pongs and pieces come beside messages. */
const FRAMES_PER_MESSAGE = 4;

export function graphUpgradeHandler(options: GraphUpgradeOptions): Handler {
  const { origins, webSocket } = options.keeper.config;
  const allowed = new Set(origins);
  const limits = {
    maxMessageBytes: webSocket.messageSize,
    maxFragments: webSocket.fragments,
    maxFramesPerSecond: webSocket.messagesPerSecond * FRAMES_PER_MESSAGE,
    maxBufferedBytes: webSocket.sendBuffer,
    congestionMs: webSocket.sendTimeout,
    pingMs: webSocket.ping,
  };
  return async (exchange) => {
    checkOrigin(exchange, allowed);
    checkSubprotocol(exchange.headers);
    const { dispatch } = exchange;
    if (!dispatch) throw new TypeError('no WebSocket can be made of this request');
    const reply = makeReply(101, new HeaderFields(), emptyBody);
    reply.upgrade = {
      subprotocol: TRANSPORT_WS,
      limits,
      accept: (channel) => new GraphSocket(channel, { ...options, exchange, dispatch }),
    };
    return reply;
  };
}

/** Refuses pages of other origins; and, where there are cookies, whoever does not say which page it is. */
function checkOrigin({ headers, host }: Exchange, allowed: ReadonlySet<string>): void {
  const cookies = headers.has('cookie');
  if (!headers.has('origin')) {
    if (cookies) throw forbidden('A handshake with cookies must say its Origin.');
    return;
  }
  const origin = headers.get('origin')?.toLowerCase() ?? '';
  const single = headers.count('origin') === 1;
  if (single && (allowed.has(origin) || origin === `http://${host}` || origin === `https://${host}`)) return;
  if (single && allowed.has('*') && !cookies) return;
  throw forbidden('This origin may not open a WebSocket here.');
}

function forbidden(reason: string): FrontdeskError {
  return new FrontdeskError('forbidden', { detail: reason, members: { reason } });
}

function checkSubprotocol(headers: HeaderFields): void {
  const offered = headers
    .getAll('sec-websocket-protocol')
    .flatMap((value) => value.split(',').map((name) => name.trim()));
  if (offered.includes(TRANSPORT_WS)) return;
  const reason = offered.includes(LEGACY_WS)
    ? `The subprotocol ${LEGACY_WS} (of subscriptions-transport-ws) is not spoken here: use ${TRANSPORT_WS}.`
    : `The subprotocol must be ${TRANSPORT_WS}.`;
  throw new FrontdeskError('bad_request', { detail: reason, members: { reason } });
}
