import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import type { SocketReceiver, UpstreamSocket } from '../../core/upstream-socket.ts';
import type { Source } from './source.ts';
import { openWebSocket } from './websocket-source.ts';

/** A socket whose other side the test plays. */
class TestSocket implements UpstreamSocket {
  readonly protocol = 'graphql-transport-ws';
  readonly sent: unknown[] = [];
  receiver: SocketReceiver | undefined;
  paused = false;
  closedWith: number | undefined;

  start(receiver: SocketReceiver): void {
    this.receiver = receiver;
  }

  send(message: string | Uint8Array): boolean {
    this.sent.push(JSON.parse(String(message)));
    return true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  close(code: number): void {
    this.closedWith ??= code;
  }

  say(message: unknown): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    this.receiver?.message(Buffer.from(text), false);
  }
}

const ACK = { type: 'connection_ack' };
const next = (n: number, id = '1') => ({ id, type: 'next', payload: { data: { n } } });

async function opening(connectionInit: readonly string[] = []) {
  const socket = new TestSocket();
  const context = contextOn(systemClock);
  const opened = openWebSocket(
    {
      callUpstream: async () => ({
        status: 101,
        headers: new HeaderFields(),
        body: emptyBody,
        settled: new Promise(() => {}),
        socket,
      }),
      upstream: 'trips',
      path: '/graphql',
      label: 'graph:trips',
      idleMs: 1_000,
      maxEventBytes: 256,
      connectionInit,
    },
    { context, forwarded: ['authorization', 'Bearer x', 'cookie', 'a=b'], body: '{"query":"x"}' },
  );
  // Handled by each test; not before its turn comes.
  opened.catch(() => {});
  while (!socket.receiver) await new Promise(setImmediate);
  return { socket, opened, context };
}

async function open(): Promise<{ socket: TestSocket; source: Source }> {
  const { socket, opened } = await opening();
  socket.say(ACK);
  const source = await opened;
  assert.ok('next' in source);
  return { socket, source };
}

describe('the handshake of the subprotocol', () => {
  test('it says hello, waits for the word, then subscribes', async () => {
    const { socket, opened } = await opening();
    assert.deepEqual(socket.sent, [{ type: 'connection_init' }]);
    socket.say(ACK);
    await opened;
    assert.deepEqual(socket.sent[1], { id: '1', type: 'subscribe', payload: { query: 'x' } });
  });

  test('the payload of hello holds the configured fields', async () => {
    const { socket } = await opening(['authorization', 'x-other']);
    assert.deepEqual(socket.sent, [{ type: 'connection_init', payload: { authorization: 'Bearer x' } }]);
  });

  test('who closes instead of the word, or is cancelled before it, has not opened', async () => {
    const closed = await opening();
    closed.socket.receiver?.closed({ code: 4403, reason: 'Forbidden', error: undefined });
    await assert.rejects(closed.opened, coded('upstream_reset'));
    const cancelled = await opening();
    cancelled.context.cancellation.cancel(new Error('too late'));
    await assert.rejects(cancelled.opened, /too late/);
    assert.equal(cancelled.socket.closedWith, 1000);
  });

  test('a refused upgrade is an answer', async () => {
    const answer = await openWebSocket(
      {
        callUpstream: async () => ({
          status: 404,
          headers: new HeaderFields(),
          body: emptyBody,
          settled: Promise.resolve({ kind: 'complete', bytes: 0 }),
        }),
        upstream: 'trips',
        path: '/',
        label: '',
        idleMs: 1,
        maxEventBytes: 1,
        connectionInit: [],
      },
      { context: contextOn(systemClock), forwarded: [], body: '{}' },
    );
    assert.deepEqual(answer, { status: 404, event: undefined });
  });
});

describe('what the subgraph says', () => {
  test('events, pings, and the end', async () => {
    const { socket, source } = await open();
    socket.say(next(1));
    socket.say({ type: 'ping' });
    socket.say({ type: 'pong' });
    socket.say({ id: '1', type: 'complete' });
    assert.deepEqual((await source.next())?.body, { data: { n: 1 } });
    assert.equal(await source.next(), undefined);
    assert.deepEqual(socket.sent.at(-1), { type: 'pong' });
    assert.equal(socket.closedWith, 1000);
  });

  test('an error is the last event', async () => {
    const { socket, source } = await open();
    socket.say({ id: '1', type: 'error', payload: [{ message: 'no' }] });
    assert.deepEqual((await source.next())?.body, { errors: [{ message: 'no' }] });
    assert.equal(await source.next(), undefined);
  });

  for (const [what, message] of [
    ['no JSON', 'nonsense'],
    ['an unknown type', { type: 'hello' }],
    ['a second word', ACK],
    ['an event of something else', next(1, '2')],
    ['an event without payload', { id: '1', type: 'next' }],
    ['an error without a list', { id: '1', type: 'error', payload: {} }],
    ['the end of something else', { id: '2', type: 'complete' }],
  ] as const) {
    test(`${what} breaks the protocol`, async () => {
      const { socket, source } = await open();
      socket.say(message);
      await assert.rejects(source.next(), coded('upstream_invalid'));
      assert.equal(socket.closedWith, 4400);
    });
  }

  test('a socket that closes without the end is broken, after what it had said', async () => {
    const { socket, source } = await open();
    socket.say(next(1));
    socket.receiver?.closed({ code: 1000, reason: '', error: undefined });
    assert.deepEqual((await source.next())?.body, { data: { n: 1 } });
    await assert.rejects(source.next(), coded('upstream_reset'));
  });
});

test('whoever wants no more says so', async () => {
  const { socket, source } = await open();
  source.close();
  assert.deepEqual(socket.sent.at(-1), { id: '1', type: 'complete' });
  assert.equal(socket.closedWith, 1000);
  assert.equal(await source.next(), undefined);
});

test('a subgraph is held back while nobody takes its events', async () => {
  const { socket, source } = await open();
  let said = 0;
  while (!socket.paused) socket.say(next(said++));
  assert.ok(said < 32);
  for (let n = 0; n < said; n++) await source.next();
  assert.ok(!socket.paused);
});
