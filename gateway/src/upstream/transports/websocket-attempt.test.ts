import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import {
  Ear,
  type OpenOptions,
  opening,
  type SocketServerOptions,
  socketServer,
} from './websocket.fixture.ts';

type TestContext = Parameters<typeof socketServer>[0];

async function open(t: TestContext, options: OpenOptions = {}, server: SocketServerOptions = {}) {
  const { url, sockets } = await socketServer(t, server);
  const { reply, call } = opening(url, options);
  const { socket, settled } = await reply;
  assert.ok(socket);
  const [peer] = sockets;
  assert.ok(peer);
  t.after(() => socket.close(1000, ''));
  return { socket, settled, peer, call };
}

function heardBy(peer: { once(event: 'message', heard: (data: unknown) => void): unknown }): Promise<string> {
  return new Promise((resolve) => peer.once('message', (data) => resolve(String(data))));
}

describe('messages', () => {
  test('go both ways, texts and bytes', async (t) => {
    const { socket, peer } = await open(t);
    const ear = new Ear(socket);
    const heard = heardBy(peer);
    assert.ok(socket.send('hello'));
    assert.equal(await heard, 'hello');
    peer.send('text');
    peer.send(Buffer.from('bytes'));
    await ear.until(() => ear.heard.length === 2);
    assert.deepEqual(ear.heard, ['text', 'binary bytes']);
  });

  test('that come before anybody listens wait', async (t) => {
    const { socket, peer } = await open(t);
    await new Promise<void>((sent) => peer.send('early', () => sent()));
    const ear = new Ear(socket);
    await ear.until(() => ear.heard.length === 1);
    assert.deepEqual(ear.heard, ['early']);
  });

  test('are held back at their sender while nobody takes them', async (t) => {
    const { socket, peer } = await open(t, { maxMessageBytes: 1 << 20 });
    const ear = new Ear(socket);
    socket.pause();
    const text = 'x'.repeat(1 << 20);
    for (let i = 0; i < 32; i++) peer.send(text);
    const waiting = (): Promise<void> => new Promise((turn) => setImmediate(turn));
    for (let i = 0; i < 50; i++) await waiting();
    assert.ok(peer.bufferedAmount > 8 << 20, `${peer.bufferedAmount} bytes wait at the sender`);
    socket.resume();
    await ear.until(() => ear.heard.length === 32);
  });

  test('that the backend does not take make the sender wait, and then go on', async (t) => {
    const { socket, peer } = await open(t);
    const ear = new Ear(socket);
    peer.pause();
    const text = 'x'.repeat(1 << 20);
    while (socket.send(text)) await new Promise(setImmediate);
    peer.resume();
    await ear.until(() => ear.drains > 0);
  });

  test('longer than allowed end it', async (t) => {
    const { socket, settled, peer } = await open(t, { maxMessageBytes: 10 });
    const ear = new Ear(socket);
    peer.send('x'.repeat(11));
    await ear.until(() => ear.end !== undefined);
    assert.equal(ear.end?.error?.code, 'upstream_too_large');
    assert.equal((await settled).kind, 'failed');
  });
});

describe('ends', () => {
  test('a goodbye of the backend is told with its code', async (t) => {
    const { socket, settled, peer } = await open(t);
    const ear = new Ear(socket);
    peer.close(4403, 'Forbidden');
    await ear.until(() => ear.end !== undefined);
    assert.deepEqual(ear.end, { code: 4403, reason: 'Forbidden', error: undefined });
    assert.equal((await settled).kind, 'complete');
  });

  test('a break is one', async (t) => {
    const { socket, settled, peer } = await open(t);
    const ear = new Ear(socket);
    peer.terminate();
    await ear.until(() => ear.end !== undefined);
    assert.equal(ear.end?.error?.code, 'upstream_reset');
    assert.equal((await settled).kind, 'failed');
  });

  test('our goodbye is heard, and we hear nothing more', async (t) => {
    const { socket, settled, peer } = await open(t);
    const ear = new Ear(socket);
    const closed = new Promise((resolve) =>
      peer.once('close', (code, reason) => resolve([code, String(reason)])),
    );
    socket.close(1000, 'done');
    socket.send('nothing');
    assert.deepEqual(await closed, [1000, 'done']);
    assert.equal((await settled).kind, 'complete');
    assert.equal(ear.end, undefined);
  });

  test('who does not answer our goodbye is cut off', async (t) => {
    const clock = new ManualClock();
    const { socket, peer } = await open(t, { clock });
    new Ear(socket);
    peer.pause();
    const closed = new Promise((resolve) => peer.once('close', resolve));
    socket.close(1000, 'done');
    clock.advance(5_000);
    peer.resume();
    await closed;
  });

  test('the end of whoever asked is its end', async (t) => {
    const { socket, settled, peer, call } = await open(t);
    const ear = new Ear(socket);
    const closed = new Promise((resolve) => peer.once('close', resolve));
    call.context.cancellation.cancel(new Error('nobody is left'));
    assert.ok(ear.end);
    assert.equal((await settled).kind, 'aborted');
    await closed;
  });
});

describe('silence', () => {
  const idleMs = 1_000;

  test('of a backend that answers no ping ends it', async (t) => {
    const clock = new ManualClock();
    const { socket, settled, peer } = await open(t, { clock, idleMs }, { autoPong: false });
    const ear = new Ear(socket);
    const pinged = new Promise((resolve) => peer.once('ping', resolve));
    clock.advance(500);
    await pinged;
    const { end } = ear;
    assert.equal(end, undefined);
    clock.advance(500);
    await ear.until(() => ear.end !== undefined);
    assert.equal(ear.end?.error?.code, 'upstream_timeout');
    assert.equal((await settled).kind, 'failed');
    assert.equal(clock.pending, 0);
  });

  test('is broken by a message', async (t) => {
    const clock = new ManualClock();
    const { socket, peer } = await open(t, { clock, idleMs }, { autoPong: false });
    const ear = new Ear(socket);
    clock.advance(600);
    peer.send('a');
    await ear.until(() => ear.heard.length === 1);
    clock.advance(600);
    assert.equal(ear.end, undefined);
  });

  test('that is our own doing is not held against it', async (t) => {
    const clock = new ManualClock();
    const { socket } = await open(t, { clock, idleMs });
    const ear = new Ear(socket);
    socket.pause();
    clock.advance(10_000);
    assert.equal(ear.end, undefined);
    socket.resume();
    clock.advance(900);
    assert.equal(ear.end, undefined);
  });
});
