/** A WebSocket server on a free port of 127.0.0.1, and sockets to it; all closed when the test ends. */
import http from 'node:http';
import type { TestContext } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import type { SocketEnd, UpstreamSocket } from '../../core/upstream-socket.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { call } from './undici.fixture.ts';
import { WebSocketTransport } from './websocket.ts';

export interface SocketServer {
  readonly url: string;
  /** The sockets that came, and the requests that they came with. */
  readonly sockets: WebSocket[];
  readonly requests: http.IncomingMessage[];
}

export interface SocketServerOptions {
  /** Answers the handshake with this status instead. */
  readonly refuse?: number;
  /** Chooses this subprotocol, whatever was offered. */
  readonly protocol?: string;
  /** Answers pings; by default it does. */
  readonly autoPong?: boolean;
}

export async function socketServer(t: TestContext, options: SocketServerOptions = {}): Promise<SocketServer> {
  const { refuse, protocol, autoPong = true } = options;
  const server = http.createServer((_, response) => response.writeHead(404).end());
  const sockets: WebSocket[] = [];
  const requests: http.IncomingMessage[] = [];
  const socketServer = new WebSocketServer({
    noServer: true,
    autoPong,
    ...(protocol === undefined ? {} : { handleProtocols: () => protocol }),
  });
  server.on('upgrade', (request, socket, head) => {
    requests.push(request);
    socket.on('error', () => {});
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\nx-why: because\r\ncontent-length: 2\r\n\r\nno`);
      return;
    }
    socketServer.handleUpgrade(request, socket, head, (accepted) => {
      sockets.push(accepted);
      accepted.on('error', () => {});
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    for (const socket of sockets) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, sockets, requests };
}

export interface OpenOptions {
  readonly clock?: Clock;
  readonly protocols?: readonly string[];
  readonly maxMessageBytes?: number;
  readonly idleMs?: number;
  readonly more?: Parameters<typeof call>[0];
}

export interface Opening {
  readonly transport: WebSocketTransport;
  readonly call: ReturnType<typeof call>;
  readonly reply: Promise<UpstreamReply>;
}

export function opening(url: string, options: OpenOptions = {}): Opening {
  const destination = { address: parseEndpointUrl(url), tls: undefined };
  const transport = new WebSocketTransport({
    clock: options.clock ?? systemClock,
    destination,
    connectMs: 1000,
  });
  const socket = { protocols: options.protocols ?? [], maxMessageBytes: options.maxMessageBytes ?? 1024 };
  const stream = { idleMs: options.idleMs ?? 60_000, socket };
  const asked = call({ path: '/ws', ...options.more, stream });
  return { transport, call: asked, reply: transport.open(asked, stream, socket) };
}

/** Hears a socket; what it hears can be waited for. */
export class Ear {
  readonly heard: string[] = [];
  end: SocketEnd | undefined;
  drains = 0;
  #changed = Promise.withResolvers<void>();

  constructor(socket: UpstreamSocket | undefined) {
    socket?.start({
      message: (data, binary) => {
        this.heard.push(`${binary ? 'binary ' : ''}${Buffer.from(data).toString()}`);
        this.#change();
      },
      drained: () => {
        this.drains += 1;
        this.#change();
      },
      closed: (end) => {
        this.end = end;
        this.#change();
      },
    });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
