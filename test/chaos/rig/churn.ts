/** Clients that come and go: subscriptions over SSE and WebSocket that end after their first event, and connections that are reset. */
import { once } from 'node:events';
import { request } from 'node:http';
import { createConnection } from 'node:net';

/** Longer than anything here may take. */
const PATIENCE_MS = 20_000;
const SUBSCRIPTION = 'subscription { tick }';

export interface Stream {
  /** Resolves with the next event's text; rejects where the stream ends before it. */
  next(): Promise<string>;
  readonly hasEnded: boolean;
  close(): void;
}

/** A subscription over SSE. Rejects where it is refused. */
export function openSse(port: number): Promise<Stream> {
  const { promise, resolve, reject } = Promise.withResolvers<Stream>();
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const options = { host: '127.0.0.1', port, path: '/graphql', method: 'POST', agent: false, headers };
  const outgoing = request(options, (reply) => {
    if (reply.statusCode !== 200) {
      reply.resume();
      reject(new Error(`a subscription was answered ${reply.statusCode}`));
      return;
    }
    let heard = Promise.withResolvers<string>();
    let hasEnded = false;
    reply.setEncoding('utf8');
    reply.on('data', (text: string) => {
      if (!text.includes('event: next')) return;
      heard.resolve(text);
      heard = Promise.withResolvers();
      heard.promise.catch(() => {});
    });
    reply.on('error', () => {});
    reply.on('close', () => {
      hasEnded = true;
      heard.reject(new Error('a subscription ended'));
    });
    heard.promise.catch(() => {});
    resolve({
      next: () => heard.promise,
      get hasEnded() {
        return hasEnded;
      },
      close: () => outgoing.destroy(),
    });
  });
  outgoing.on('error', reject);
  outgoing.setTimeout(PATIENCE_MS, () => outgoing.destroy(new Error('a subscription is silent')));
  outgoing.end(JSON.stringify({ query: SUBSCRIPTION }));
  return promise;
}

/** Subscribes over a WebSocket, hears one event, and closes. Rejects where none comes. */
export async function visitBySocket(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('a socket is silent')), PATIENCE_MS);
  socket.addEventListener('open', () => socket.send('{"type":"connection_init"}'));
  socket.addEventListener('error', () => reject(new Error('a socket failed')));
  socket.addEventListener('close', ({ code }) => reject(new Error(`a socket was closed with ${code}`)));
  socket.addEventListener('message', ({ data }) => {
    const { type }: { type?: string } = JSON.parse(String(data));
    if (type === 'connection_ack') {
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }));
    } else if (type === 'next') resolve();
    else if (type === 'error' || type === 'complete') reject(new Error(`a socket was told ${String(data)}`));
  });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

/** Connects, asks (every other time not to the end), and resets the connection. */
export async function breakOff(port: number, index: number, path: string, lines = ''): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  const head = `GET ${path}?nonce=${index} HTTP/1.1\r\nHost: x\r\n${lines}`;
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  socket.write(index % 2 === 0 ? `${head}\r\n` : head);
  await new Promise((resolve) => setTimeout(resolve, index % 5));
  if (socket.destroyed) return;
  const closed = once(socket, 'close');
  socket.resetAndDestroy();
  await closed;
}
