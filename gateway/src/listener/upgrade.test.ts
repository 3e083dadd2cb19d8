import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reply } from '../core/exchange.ts';
import { ask, RawClient, serve, statusOf, textReply } from './raw-client.fixture.ts';
import { echo, HANDSHAKE } from './websocket.fixture.ts';
import { asksForWebSocket } from './websocket.ts';

test('who does not want a WebSocket answers as ever, and the connection closes', async (t) => {
  const { port } = await serve(t);
  const text = await ask(port, `${HANDSHAKE.join('\r\n')}\r\n\r\n`);
  assert.match(text, /^HTTP\/1.1 200 OK/);
  assert.match(text, /connection: close/i);
  assert.match(text, /OK GET api\.example \/ws $/);
});

test('an offer of HTTP/2 is not taken up', async (t) => {
  const { port, exchanges } = await serve(t);
  const text = await ask(
    port,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  );
  assert.equal(statusOf(text), 200);
  assert.equal(exchanges[0]?.dispatch, undefined);
});

test('what a handler throws is answered', async (t) => {
  const { port } = await serve(t, { handle: () => Promise.reject(new Error('x')) });
  assert.equal(statusOf(await ask(port, `${HANDSHAKE.join('\r\n')}\r\n\r\n`)), 500);
});

test('a client that leaves before the answer cancels the exchange', async (t) => {
  const answer = Promise.withResolvers<Reply>();
  const { port, exchanges } = await serve(t, { handle: () => answer.promise });
  const client = new RawClient(port).write(`${HANDSHAKE.join('\r\n')}\r\n\r\n`);
  while (exchanges.length === 0) await new Promise((resolve) => setImmediate(resolve));
  client.socket.resetAndDestroy();
  const [exchange] = exchanges;
  assert.ok(exchange);
  await new Promise<void>((resolve) => void exchange.cancellation.onCancel(() => resolve()));
  const late = await echo()(exchange);
  answer.resolve(late);
  assert.equal((await late.settlement.settled).kind, 'aborted');
});

test('M168 a handshake that is not sound: 400, and no handler sees it', async (t) => {
  const { port, exchanges } = await serve(t, { handle: echo() });
  const without = (name: string): string[] => HANDSHAKE.filter((line) => !line.startsWith(name));
  const cases: [lines: string[], status: number][] = [
    [without('Sec-WebSocket-Key'), 400],
    [[...without('Sec-WebSocket-Key'), 'Sec-WebSocket-Key: short'], 400],
    [[...HANDSHAKE, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='], 400],
    [without('Sec-WebSocket-Version'), 400],
    [[...without('Sec-WebSocket-Version'), 'Sec-WebSocket-Version: 8'], 400],
    [[...HANDSHAKE, 'Content-Length: 3'], 400],
    [[...HANDSHAKE, ...Array.from({ length: 2_000 }, (_, i) => `x${i}: 1`)], 431],
    [[...HANDSHAKE, 'Transfer-Encoding: chunked'], 400],
  ];
  for (const [lines, status] of cases) {
    assert.equal(statusOf(await ask(port, `${lines.join('\r\n')}\r\n\r\n`)), status, lines.slice(-1)[0]);
  }
  assert.equal(statusOf(await ask(port, `${HANDSHAKE.join('\r\n')}\r\n\r\nGET /admin HTTP/1.1\r\n`)), 400);
  const old = HANDSHAKE.map((line) => line.replace('HTTP/1.1', 'HTTP/1.0'));
  assert.equal(statusOf(await ask(port, `${old.join('\r\n')}\r\n\r\n`)), 400);
  assert.equal(exchanges.length, 0);
});

test('M168 extensions named like parts of every object are no extensions', async (t) => {
  const { port } = await serve(t, { handle: echo() });
  for (const extension of ['constructor', '__proto__; a=b', 'permessage-deflate; constructor=1']) {
    const client = new RawClient(port);
    client.write(`${[...HANDSHAKE, `Sec-WebSocket-Extensions: ${extension}`].join('\r\n')}\r\n\r\n`);
    assert.equal(statusOf(await client.until('\r\n\r\n')), 101);
    client.socket.destroy();
  }
});

test('only a GET can ask for one', () => {
  const headers = { upgrade: 'WebSocket' };
  assert.equal(asksForWebSocket({ method: 'GET', headers }), true);
  assert.equal(asksForWebSocket({ method: 'POST', headers }), false);
  assert.equal(asksForWebSocket({ method: 'GET', headers: { upgrade: 'h2c' } }), false);
});

test('a handshake behind a request that is being answered is not taken up; that answer is the last', async (t) => {
  const { port, exchanges } = await serve(t, {
    handle: async (exchange) => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return textReply(`late ${exchange.path}`);
    },
  });
  for (const [first, status] of [
    ['GET /first HTTP/1.1\r\nHost: h\r\n\r\n', 200],
    ['GET /first HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ] as const) {
    const text = await ask(port, `${first}${HANDSHAKE.join('\r\n')}\r\n\r\n`);
    assert.equal(statusOf(text), status, text);
    assert.match(text, /\r\nconnection: close\r\n/i);
    assert.equal(text.split('HTTP/1.1 ').length, 2);
  }
  assert.deepEqual(
    exchanges.map(({ path }) => path),
    ['/first'],
  );
});
