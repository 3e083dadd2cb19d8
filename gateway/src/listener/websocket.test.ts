import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type ClientOptions, WebSocket } from 'ws';
import { emptyBody } from '../core/body.ts';
import { makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import type { WebSocketChannel, WebSocketEnd } from '../core/web-socket.ts';
import { RawClient, type ServeOptions, serve } from './raw-client.fixture.ts';
import { echo, HANDSHAKE, limits } from './websocket.fixture.ts';

async function connected(context: TestContext, options: ServeOptions, client: ClientOptions = {}) {
  const served = await serve(context, options);
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}/ws`, 'chat', client);
  context.after(() => socket.terminate());
  await once(socket, 'open');
  return { ...served, socket };
}

async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = await once(socket, 'close');
  return Number(code);
}

test('texts go both ways; the reply settles when the socket is closed', async (t) => {
  const seen: { reply?: Reply } = {};
  const { socket, exchanges } = await connected(t, { handle: echo({}, seen) });
  assert.equal(socket.protocol, 'chat');
  socket.send('hello');
  const [text] = await once(socket, 'message');
  assert.equal(String(text), 'hello');
  assert.equal(seen.reply?.settlement.done, false);
  socket.close(1000);
  await once(socket, 'close');
  const outcome = await seen.reply?.settlement.settled;
  assert.deepEqual(outcome, { kind: 'complete', bytes: 5 });
  assert.equal(exchanges[0]?.cancellation.cancelled, true);
});

test('the handshake carries the fields of the reply', async (t) => {
  const { port } = await serve(t, { handle: echo() });
  const client = new RawClient(port).write(`${HANDSHAKE.join('\r\n')}\r\n\r\n`);
  const text = await client.until('\r\n\r\n');
  assert.match(text, /^HTTP\/1.1 101 /);
  assert.match(text, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  assert.match(text, /x-request-id: r1/);
  client.socket.destroy();
});

test('M164 a message of more than 64 KiB closes with 1009', async (t) => {
  const { socket } = await connected(t, { handle: echo() });
  socket.send('x'.repeat(65_536));
  await once(socket, 'message');
  socket.send('x'.repeat(65_537));
  assert.equal(await closeCode(socket), 1009);
});

test('M165 10,000 fragments of one byte close the socket', async (t) => {
  const { socket } = await connected(t, { handle: echo() });
  for (let i = 0; i < 10_000 && socket.readyState === WebSocket.OPEN; i += 1)
    socket.send('x', { fin: false });
  assert.equal(await closeCode(socket), 1008);
});

test('M165 a flood of pings closes the socket, and little of it is kept', async (t) => {
  const { socket } = await connected(t, { handle: echo() });
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 20_000; i += 1) socket.ping('x'.repeat(125));
  const code = await closeCode(socket);
  assert.ok(code === 1008 || code === 1006, String(code));
  assert.ok(process.memoryUsage.rss() - before < 64 * 1024 * 1024);
});

test('M165 pings at leisure are counted as well', async (t) => {
  const clock = new ManualClock();
  const { socket } = await connected(t, { handle: echo(), clock });
  for (let i = 0; i < limits.maxFramesPerSecond; i += 1) {
    socket.ping();
    await once(socket, 'pong');
  }
  socket.ping();
  while (socket.readyState === WebSocket.OPEN) await new Promise((resolve) => setImmediate(resolve));
  // Its goodbye is not waited for longer than a second.
  clock.advance(1_000);
  assert.equal(await closeCode(socket), 1008);
});

test('M166 compression is not negotiated, and a compressed frame is no frame', async (t) => {
  const { socket } = await connected(t, { handle: echo() }, { perMessageDeflate: true });
  assert.equal(socket.extensions, '');
  const { port } = await serve(t, { handle: echo() });
  const client = new RawClient(port).write(
    `${[...HANDSHAKE, 'Sec-WebSocket-Extensions: permessage-deflate'].join('\r\n')}\r\n\r\n`,
  );
  const head = await client.until('\r\n\r\n');
  assert.doesNotMatch(head, /permessage-deflate/i);
  // FIN, RSV1 (compressed), text; masked, no payload.
  client.write(Uint8Array.of(0xc1, 0x80, 0, 0, 0, 0));
  const rest = await client.untilEnd();
  assert.equal(Buffer.from(rest.slice(head.length), 'latin1').readUInt16BE(2), 1002);
});

test('M167 a client that does not read is cut off, with about 1 MiB waiting', async (t) => {
  const clock = new ManualClock();
  const seen: { channel?: WebSocketChannel; reply?: Reply } = {};
  const { socket } = await connected(t, { handle: echo({}, seen), clock });
  const { channel } = seen;
  assert.ok(channel);
  socket.pause();
  let sent = 0;
  for (; !channel.congested; sent += 1) {
    channel.send('x'.repeat(16_384));
    if (sent % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(sent < 10_000, 'it is never congested');
  }
  const taken = channel.taken();
  clock.advance(limits.congestionMs);
  await taken;
  assert.equal((await seen.reply?.settlement.settled)?.kind, 'complete');
});

test('M167 a client that reads again is not', async (t) => {
  const seen: { channel?: WebSocketChannel } = {};
  const { socket } = await connected(t, { handle: echo({}, seen) });
  const { channel } = seen;
  assert.ok(channel);
  socket.pause();
  while (!channel.congested) {
    channel.send('x'.repeat(65_536));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.resume();
  await channel.taken();
  assert.equal(channel.congested, false);
  assert.equal(socket.readyState, WebSocket.OPEN);
});

test('binary messages are not taken', async (t) => {
  const { socket } = await connected(t, { handle: echo() });
  socket.send(Uint8Array.of(1, 2));
  assert.equal(await closeCode(socket), 1003);
});

test('a client that answers no ping is cut off', async (t) => {
  const clock = new ManualClock();
  const seen: { reply?: Reply } = {};
  const { socket } = await connected(t, { handle: echo({}, seen), clock }, { autoPong: false });
  clock.advance(limits.pingMs);
  await once(socket, 'ping');
  clock.advance(limits.pingMs);
  assert.equal(await closeCode(socket), 1006);
});

test('a client that answers pings stays', async (t) => {
  const clock = new ManualClock();
  const { socket } = await connected(t, { handle: echo(), clock });
  for (let i = 0; i < 3; i += 1) {
    clock.advance(limits.pingMs);
    await once(socket, 'ping');
    // The echo comes behind the pong: then that has arrived.
    socket.send('x');
    await once(socket, 'message');
  }
  assert.equal(socket.readyState, WebSocket.OPEN);
});

test('draining tells when to end what has no end', async (t) => {
  const seen: { channel?: WebSocketChannel } = {};
  const { socket, listener } = await connected(t, {
    handle: echo({}, seen),
    onDrain: () => seen.channel?.close(1001, 'Going away'),
    config: { drain: { idle: '10ms' } },
  });
  const drained = listener.drain();
  assert.equal(await closeCode(socket), 1001);
  assert.deepEqual(await drained, { cut: 0 });
});

test('binary messages come where the upgrade takes them, and go as they are', async (t) => {
  const ends: WebSocketEnd[] = [];
  const { socket } = await connected(t, {
    handle: async () => {
      const reply = makeReply(101, new HeaderFields(), emptyBody);
      reply.upgrade = {
        subprotocol: 'chat',
        binary: true,
        limits,
        accept: (channel) => ({
          message: (bytes, binary) => channel.forward(bytes, binary),
          closed: (end) => void ends.push(end),
        }),
      };
      return reply;
    },
  });
  for (const sent of [Uint8Array.of(0, 255), 'text']) {
    socket.send(sent);
    const [data, binary] = await once(socket, 'message');
    assert.deepEqual([Buffer.from(data), binary], [Buffer.from(sent), typeof sent !== 'string']);
  }
  socket.close(4001, 'enough');
  await once(socket, 'close');
  assert.deepEqual(ends, [{ code: 4001, reason: 'enough' }]);
});

test('who is held back is not read, and need answer no ping', async (t) => {
  const clock = new ManualClock();
  const seen: { channel?: WebSocketChannel } = {};
  const { socket } = await connected(t, { handle: echo({}, seen), clock });
  seen.channel?.pause();
  socket.send('later');
  for (let i = 0; i < 5; i += 1) clock.advance(limits.pingMs);
  seen.channel?.resume();
  const [text] = await once(socket, 'message');
  assert.equal(String(text), 'later');
  seen.channel?.close(1005, '');
  assert.equal(await closeCode(socket), 1005);
});
