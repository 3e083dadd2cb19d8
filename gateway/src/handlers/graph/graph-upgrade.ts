/**
 * Makes a WebSocket of a request to the graph that asks for one, once it is known that the page behind it may come here
 * and that it speaks the graph's subprotocol.
 */
import { emptyBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Handler, makeReply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { LEGACY_WS, TRANSPORT_WS } from '../../wire/graphql/graphql-transport-ws.ts';
import { checkOrigin, offeredSubprotocols } from '../proxy/socket-handshake.ts';
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

function checkSubprotocol(headers: HeaderFields): void {
  const offered = offeredSubprotocols(headers);
  if (offered.includes(TRANSPORT_WS)) return;
  const reason = offered.includes(LEGACY_WS)
    ? `The subprotocol ${LEGACY_WS} (of subscriptions-transport-ws) is not spoken here: use ${TRANSPORT_WS}.`
    : `The subprotocol must be ${TRANSPORT_WS}.`;
  throw new FrontdeskError('bad_request', { detail: reason, members: { reason } });
}
