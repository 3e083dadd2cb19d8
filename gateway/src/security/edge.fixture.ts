/**
 * A whole gateway before a backend that keeps what it was asked, for the catalogue of attacks on the door. Every case
 * is held to one oracle: what must be refused is refused once, in our own words, on a connection that closes, and no
 * byte of it goes on; nothing of the inside is told; and the next client is served.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { RawClient } from '../listener/raw-client.fixture.ts';
import { type Cleanup, type Gateway, gateway } from '../whole-gateway/proxied.fixture.ts';

export const API_KEY = 'edge-secret-key-0123456789abcdef';
/** What a client may never read: where the backend is, code, paths, keys. */
const INSIDE = /node_modules|\.ts:\d|\n\s+at |\/src\/|ECONN|edge-secret/;

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** How a backend without manners answers: with bytes. */
export type Script = (socket: Socket, request: string) => void;

export interface Edge {
  readonly port: number;
  readonly gateway: Gateway;
  /** What reached the backend that answers in HTTP, since a test last emptied it. */
  readonly asked: Asked[];
  /** What the backend behind `/raw` and `/strip` does with each request. */
  script: Script;
  /** Connections that it has open. */
  readonly rawSockets: Set<Socket>;
  /** Sends bytes on a connection of their own; all that came until it closed. */
  ask(bytes: string): Promise<string>;
  /** The oracle for what must not come in. */
  refuses(status: number, ...streams: string[]): Promise<void>;
  /** The oracle for what may: sends it, and gives what the backend was asked by it. */
  passes(bytes: string): Promise<Asked>;
}

export async function openEdge(t: Cleanup, config: Record<string, unknown> = {}): Promise<Edge> {
  const asked: Asked[] = [];
  const echo = createServer((request, response) => {
    const whole = (one: Asked): void => {
      asked.push(one);
      response.end('echo');
    };
    // One that was broken off is no request.
    askedBy(request).then(whole, () => response.destroy());
  });
  const rawSockets = new Set<Socket>();
  const raw = createTcpServer((socket) => {
    rawSockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => rawSockets.delete(socket));
    socket.on('data', (chunk: Buffer) => edge.script(socket, chunk.toString('latin1')));
  });
  for (const server of [echo, raw]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  t.after(() => {
    echo.closeAllConnections();
    echo.close();
    for (const socket of rawSockets) socket.destroy();
    raw.close();
  });
  const running = await gateway(t, { ...edgeConfig(portOf(echo), portOf(raw)), ...config });
  const port = Number(running.host.split(':')[1]);
  const ask = (bytes: string): Promise<string> => new RawClient(port).write(bytes).untilEnd();
  const passes = async (bytes: string): Promise<Asked> => {
    asked.length = 0;
    const reply = await ask(bytes);
    assert.match(reply, /^HTTP\/1\.1 (100 Continue\r\n\r\nHTTP\/1\.1 )?200 /, `${shown(bytes)} → ${reply}`);
    const [first, ...more] = asked.splice(0);
    assert.ok(first && more.length === 0, `${shown(bytes)} is ${more.length + 1} requests to the backend`);
    return first;
  };
  const refuses = async (status: number, ...streams: string[]): Promise<void> => {
    asked.length = 0;
    for (const bytes of streams) {
      const reply = await ask(bytes);
      const what = `${shown(bytes)} → ${reply.slice(0, 300)}`;
      assert.equal(Number(/^HTTP\/1\.1 (\d{3}) /.exec(reply)?.[1]), status, what);
      assert.match(reply, /\r\ncontent-type: application\/problem\+json\r\n/i, what);
      assert.match(reply, /\r\nconnection: close\r\n/i, what);
      assert.equal(reply.split('HTTP/1.1 ').length, 2, `more than one answer: ${what}`);
      assert.doesNotMatch(reply, INSIDE, what);
      assert.ok(!reply.includes(`:${portOf(echo)}`), what);
      assert.deepEqual(asked, [], `it reached the backend: ${what}`);
    }
    await passes(`GET /alive HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  };
  const edge: Edge = {
    port,
    gateway: running,
    asked,
    rawSockets,
    script: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK'),
    ask,
    refuses,
    passes,
  };
  return edge;
}

/** What a client was told must be nothing of the inside. */
export function assertDiscreet(reply: string): void {
  assert.doesNotMatch(reply, INSIDE);
}

export function valuesOf(asked: Asked, name: string): string[] {
  return asked.fields.filter(([one]) => one === name).map(([, value]) => value);
}

function edgeConfig(echoPort: number, rawPort: number): Record<string, unknown> {
  return {
    listen: {
      host: '127.0.0.1',
      port: 0,
      timeouts: { headers: '300ms', request: '600ms', linger: '100ms', send: '300ms' },
      drain: { idle: '20ms', grace: '300ms' },
    },
    auth: { apiKey: { header: 'x-api-key' } },
    plans: { all: { limit: 'unlimited', default: true } },
    consumers: [
      {
        id: 'acme',
        plan: 'all',
        apiKeys: [{ id: 'k1', sha256: createHash('sha256').update(API_KEY).digest('hex') }],
      },
    ],
    upstreams: {
      echo: { url: `http://127.0.0.1:${echoPort}` },
      raw: { url: `http://127.0.0.1:${rawPort}`, breaker: false, outliers: false, retry: { max: 0 } },
    },
    routes: [
      { match: { path: '/raw/*' }, to: { upstream: 'raw' }, auth: 'none' },
      { match: { path: '/strip/*' }, to: { upstream: 'raw' }, auth: 'none', response: { strip: ['secret'] } },
      { match: { path: '/private/*' }, to: { upstream: 'echo' }, auth: ['apiKey'] },
      { match: { path: '/scoped/*' }, to: { upstream: 'echo' }, auth: ['apiKey'], scopes: ['orders:read'] },
      { match: { path: '/small/*' }, to: { upstream: 'echo' }, auth: 'none', request: { maxBody: '10B' } },
      {
        match: { path: '/json/*' },
        to: { upstream: 'echo' },
        auth: 'none',
        request: { maxBody: '256KiB', json: { set: { seen: 'yes' } } },
      },
      {
        match: { path: '/items/:id' },
        to: { upstream: 'echo', rewrite: '/v1/items/:id/detail' },
        auth: 'none',
      },
      { match: { path: '/*' }, to: { upstream: 'echo' }, auth: 'none' },
    ],
  };
}

async function askedBy(request: IncomingMessage): Promise<Asked> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { method = '', url = '', rawHeaders } = request;
  const fields: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    fields.push([(rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? '']);
  }
  return { method, url, fields, body };
}

function portOf(server: { address(): unknown }): number {
  const address = server.address();
  const isPlace = typeof address === 'object' && address !== null && 'port' in address;
  return isPlace ? Number(address.port) : 0;
}

function shown(bytes: string): string {
  return JSON.stringify(bytes.slice(0, 160));
}
