/** For tests: a handshake, and a handler that makes a WebSocket of it. */
import { emptyBody } from '../core/body.ts';
import { type Handler, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { WebSocketChannel, WebSocketLimits } from '../core/web-socket.ts';

export const limits: WebSocketLimits = {
  maxMessageBytes: 65_536,
  maxFragments: 64,
  maxFramesPerSecond: 200,
  maxBufferedBytes: 1_048_576,
  congestionMs: 5_000,
  pingMs: 20_000,
};

export const HANDSHAKE = [
  'GET /ws HTTP/1.1',
  'Host: api.example',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

/** Upgrades whoever asks; sends every message back. */
export function echo(
  more: Partial<WebSocketLimits> = {},
  seen?: { channel?: WebSocketChannel; reply?: Reply },
): Handler {
  return async () => {
    const reply = makeReply(101, new HeaderFields(['x-request-id', 'r1']), emptyBody);
    reply.upgrade = {
      subprotocol: 'chat',
      limits: { ...limits, ...more },
      accept(channel) {
        if (seen) seen.channel = channel;
        return { message: (bytes) => channel.send(Buffer.from(bytes).toString()), closed() {} };
      },
    };
    if (seen) seen.reply = reply;
    return reply;
  };
}
