import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { counting } from '../core/testing/counting-meter.ts';
import type { ConnectionSource } from './entrance.ts';
import { createListener } from './http.ts';
import { listenConfig } from './listen-config.ts';
import { answerOk, ask, RawClient, serve, textReply } from './raw-client.fixture.ts';

/** A listener whose connections another server accepts. */
async function given(t: TestContext, config: object) {
  const acceptor = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve) => acceptor.listen(0, '127.0.0.1', resolve));
  const { port } = acceptor.address() as AddressInfo;
  const { meter, series } = counting();
  const source: ConnectionSource = {
    open: async (take) => {
      acceptor.on('connection', (socket: Socket) => {
        take(socket);
        socket.resume();
      });
      return { host: '127.0.0.1', port };
    },
    close: () => {},
  };
  const listener = createListener({
    config: listenConfig.parse({ ...config, port: 1 }),
    handle: async ({ client }) => textReply(client.address),
    clock: systemClock,
    logger: noLogger,
    meter,
    name: 'public',
    portOption: 'x',
    source,
  });
  t.after(async () => {
    acceptor.close();
    await listener.close();
  });
  assert.deepEqual(await listener.listen(), { host: '127.0.0.1', port });
  assert.equal(listener.listening, undefined);
  return { port, series, acceptor };
}

test('connections that are given are served, also to a client that has ended its side', async (t) => {
  const { port } = await given(t, {});
  const client = new RawClient(port).write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  assert.match(await client.untilEnd(), /200[\s\S]*127\.0\.0\.1$/);
});

test('time limits on heads hold for them', async (t) => {
  const { port } = await given(t, { timeouts: { headers: '100ms', request: '100ms' } });
  assert.match(await new RawClient(port).write('GET / HT').untilEnd(), /^HTTP\/1\.1 408 /);
});

test('more than may be open are dropped, and counted', async (t) => {
  const { port, series, acceptor } = await given(t, { limits: { connections: 1 } });
  const first = new RawClient(port).write('GET / HTTP/1.1\r\nHost: h\r\n');
  await once(acceptor, 'connection');
  assert.equal(await new RawClient(port).untilEnd(), '');
  assert.equal(series.get('frontdesk_listener_connections_dropped_total{public}'), 1);
  first.write('Connection: close\r\n\r\n');
  assert.match(await first.untilEnd(), /200/);
});

test('whoever asks for it is told of each connection once, before its first request', async (t) => {
  const told: string[] = [];
  const { port } = await serve(t, {
    onConnection: () => void told.push('connection'),
    handle: async (exchange) => {
      told.push('request');
      return answerOk(exchange);
    },
  });
  const get = 'GET / HTTP/1.1\r\nHost: x\r\n';
  await ask(port, `${get}\r\n${get}Connection: close\r\n\r\n`);
  await ask(port, `${get}Connection: close\r\n\r\n`);
  assert.deepEqual(told, ['connection', 'request', 'request', 'connection', 'request']);
});
