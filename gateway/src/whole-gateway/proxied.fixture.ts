/** For tests: a whole gateway in this process, on free ports, and backends behind it that a test drives. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { TestContext } from 'node:test';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { startGateway } from '../app.ts';
import { configSchema } from '../config/schema.ts';
import type { Running } from '../running.ts';

/** A test, or `node:test` itself for what all tests of a file share. */
export interface Cleanup {
  after(clean: () => unknown): void;
}

export interface Gateway {
  readonly running: Running;
  /** Such as `127.0.0.1:4000`. */
  readonly host: string;
  readonly options: ReturnType<typeof gatewayOptions>;
  /** The text of its metrics. */
  metrics(): Promise<string>;
  drain(): Promise<void>;
}

export function gatewayOptions(config: Record<string, unknown>) {
  return {
    folder: import.meta.dirname,
    config: configSchema.parse({
      listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms', grace: '500ms' } },
      admin: { port: 0 },
      telemetry: { accessLog: { enabled: false }, level: 'silent' },
      ...config,
    }),
  };
}

export async function gateway(t: Cleanup, config: Record<string, unknown>): Promise<Gateway> {
  const options = gatewayOptions(config);
  const running = await startGateway(options);
  let drained: Promise<void> | undefined;
  const drain = (): Promise<void> => {
    drained ??= running.drain();
    return drained;
  };
  t.after(drain);
  const { port } = running.addresses.public;
  const admin = running.addresses.admin?.port;
  return {
    running,
    options,
    host: `127.0.0.1:${port}`,
    metrics: async () => (await fetch(`http://127.0.0.1:${admin}/metrics`)).text(),
    drain,
  };
}

export interface Backend {
  readonly url: string;
  readonly server: Server;
}

export async function httpBackend(t: TestContext, handle: RequestListener): Promise<Backend> {
  const server = createServer({ keepAliveTimeout: 60_000 }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return { url: `http://127.0.0.1:${address.port}`, server };
}

export interface SocketBackend extends Backend {
  /** The next socket that comes, with the handshake's fields. */
  next(): Promise<{ socket: WebSocket; headers: Record<string, unknown>; url: string }>;
}

export interface SocketBackendOptions {
  /** Chooses among what is offered; by default the first. */
  readonly choose?: (offered: Set<string>) => string | false;
  /** Answers the handshake with this status instead. */
  readonly refuse?: number;
}

export async function socketBackend(
  t: TestContext,
  { choose, refuse }: SocketBackendOptions = {},
): Promise<SocketBackend> {
  const { url, server } = await httpBackend(t, (_, response) => response.end('plain'));
  const sockets = new WebSocketServer({ noServer: true, ...(choose ? { handleProtocols: choose } : {}) });
  type Come = Awaited<ReturnType<SocketBackend['next']>>;
  const come: Come[] = [];
  const waiting: ((one: Come) => void)[] = [];
  server.on('upgrade', (request, socket, head) => {
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\nx-why: because\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      t.after(() => accepted.terminate());
      accepted.on('error', () => {});
      const one = { socket: accepted, headers: { ...request.headers }, url: request.url ?? '' };
      const first = waiting.shift();
      if (first) first(one);
      else come.push(one);
    });
  });
  return {
    url,
    server,
    next: () => {
      const one = come.shift();
      return one ? Promise.resolve(one) : new Promise((resolve) => void waiting.push(resolve));
    },
  };
}

/** A client whose socket is open. */
export async function client(
  t: TestContext,
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, options);
  t.after(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** The status and body of a handshake that is refused. */
export async function refusal(
  url: string,
  options: ClientOptions = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const chunk of response) body += chunk;
  socket.terminate();
  return { status: response.statusCode, body, headers: response.headers };
}

export async function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(socket, 'close');
  return { code: Number(code), reason: String(reason) };
}

/** The next message: text as text, bytes as their hexadecimal digits. */
export async function message(socket: WebSocket): Promise<string> {
  const [data, binary] = await once(socket, 'message');
  return binary ? `binary ${Buffer.from(data).toString('hex')}` : String(data);
}
