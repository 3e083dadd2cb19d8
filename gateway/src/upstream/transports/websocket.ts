/**
 * WebSockets to one endpoint (RFC 6455), each on a connection of its own: no compression, no redirects, messages and
 * silence bounded. The opening is an attempt as any other and goes through the same guards; a refused
 * handshake is an answer with its status.
 */
import type net from 'node:net';
import { WebSocket } from 'ws';
import type { Clock } from '../../core/clock.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { StreamOptions, UpstreamReply } from '../../core/upstream-call.ts';
import type { SocketOptions } from '../../core/upstream-socket.ts';
import type { UpstreamCall } from '../call.ts';
import { type Destination, HTTP1_ALPN, openConnection } from './dial.ts';
import { SocketAttempt } from './websocket-attempt.ts';

export interface WebSocketTransportOptions {
  readonly clock: Clock;
  readonly destination: Destination;
  /** Milliseconds for name resolution, TCP and TLS together. */
  readonly connectMs: number;
}

const MAX_FRAGMENTS = 1_024;
const MAX_HEADER_BYTES = 16_384;

export class WebSocketTransport {
  readonly #options: WebSocketTransportOptions;
  readonly #open = new Set<WebSocket>();
  #closed: (() => void) | undefined;

  constructor(options: WebSocketTransportOptions) {
    this.#options = options;
  }

  /** Resolves with status 101 and a socket, or with the status of the refusal. */
  open(call: UpstreamCall, stream: StreamOptions, options: SocketOptions): Promise<UpstreamReply> {
    const { clock, destination } = this.#options;
    const { origin, basePath } = destination.address;
    const attempt = new SocketAttempt(call, clock, stream.idleMs);
    call.running = attempt;
    if (attempt.over) return attempt.head;
    const url = new URL(basePath + call.path, origin);
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, [...options.protocols], {
        headers: handshakeFields(call.headers),
        maxPayload: options.maxMessageBytes,
        maxFragments: MAX_FRAGMENTS,
        maxHeaderSize: MAX_HEADER_BYTES,
        perMessageDeflate: false,
        followRedirects: false,
        createConnection: () => this.#connect(call),
      });
    } catch (error) {
      attempt.refuse(error);
      return attempt.head;
    }
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#closed?.();
    });
    attempt.listen(socket);
    return attempt.head;
  }

  /** Resolves when the last socket has closed. */
  close(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    return promise;
  }

  #connect(call: UpstreamCall): net.Socket {
    const { destination, clock, connectMs } = this.#options;
    return openConnection(destination, HTTP1_ALPN, clock, connectMs, () => {
      call.sent = true;
    });
  }
}

/** The fields as one value each (RFC 9110 §5.3); those of the handshake are the library's own. */
function handshakeFields({ flat }: HeaderFields): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    const value = flat[i + 1] ?? '';
    if (name.startsWith('sec-websocket-')) continue;
    const given = fields[name];
    fields[name] = given === undefined ? value : `${given}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return fields;
}
