import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { coded } from '../../core/testing/errors.ts';
import { deadUrl, rawBackend, request, rig, says } from '../testing/harness.ts';
import { Ear, opening, socketServer } from './websocket.fixture.ts';

describe('the handshake', () => {
  test('goes to the base path with the fields of the call, and offers the subprotocols', async (t) => {
    const { url, requests } = await socketServer(t);
    const headers = new HeaderFields([
      'x-user-id',
      'ada',
      'x-two',
      '1',
      'x-two',
      '2',
      'sec-websocket-key',
      'forged',
    ]);
    const { reply } = opening(`${url}/base`, { protocols: ['a', 'b'], more: { headers } });
    const { status, socket } = await reply;
    assert.deepEqual([status, socket?.protocol], [101, 'a']);
    const [asked] = requests;
    assert.equal(asked?.url, '/base/ws');
    assert.equal(asked?.headers['x-user-id'], 'ada');
    assert.equal(asked?.headers['x-two'], '1, 2');
    assert.equal(asked?.headers['sec-websocket-protocol'], 'a,b');
    assert.notEqual(asked?.headers['sec-websocket-key'], 'forged');
    assert.equal(asked?.headers['sec-websocket-extensions'], undefined);
    socket?.close(1000, '');
  });

  test('a refusal is an answer with its status and fields', async (t) => {
    const { url } = await socketServer(t, { refuse: 401 });
    const { reply, transport } = opening(url);
    const { status, headers, socket, settled } = await reply;
    assert.deepEqual([status, headers.get('x-why'), socket], [401, 'because', undefined]);
    assert.equal((await settled).kind, 'complete');
    await transport.close();
  });

  test('what is no WebSocket server, and a subprotocol that nobody offered, are breaches', async (t) => {
    const raw = await rawBackend(
      t,
      says('HTTP/1.1 101 Ok\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
    );
    await assert.rejects(opening(raw).reply, coded('upstream_invalid'));
    const { url } = await socketServer(t, { protocol: 'other' });
    await assert.rejects(opening(url, { protocols: ['a'] }).reply, coded('upstream_invalid'));
  });

  test('nobody there, a hang-up, and a cancellation are told apart', async (t) => {
    await assert.rejects(opening(await deadUrl()).reply, coded('upstream_connect'));
    const gone = await rawBackend(t, (socket) => socket.once('data', () => socket.destroy()));
    await assert.rejects(opening(gone).reply, coded('upstream_reset'));
    const silent = await rawBackend(t, () => {});
    const { reply, call } = opening(silent);
    call.context.cancellation.cancel(new Error('the client left'));
    await assert.rejects(reply, /the client left/);
  });

  test('an attempt that took too long ends with the reason it was given', async (t) => {
    const silent = await rawBackend(t, () => {});
    const { reply, call } = opening(silent);
    call.running?.abort(new Error('no reply in time'));
    await assert.rejects(reply, /no reply in time/);
  });
});

test('the transport closes when its last socket has', async (t) => {
  const { url } = await socketServer(t);
  const { transport, reply } = opening(url);
  const { socket } = await reply;
  new Ear(socket);
  let closed = false;
  const closing = transport.close().then(() => {
    closed = true;
  });
  await new Promise(setImmediate);
  assert.ok(!closed);
  socket?.close(1000, '');
  await closing;
});

test('the guards of an upstream hold for sockets: a place, a breaker that judges the handshake, the attempt limit', async (t) => {
  const { url, sockets } = await socketServer(t);
  const silent = await rawBackend(t, () => {});
  const upstreams = rig(t, {
    good: { url, bulkhead: { maxStreams: 1 }, retry: { max: 0 } },
    silent: { url: silent, timeout: { attempt: '20ms' }, retry: { max: 0 } },
    ill: {
      url: (await socketServer(t, { refuse: 503 })).url,
      breaker: { minimumCalls: 1, windowCalls: 1 },
      retry: { max: 0 },
    },
  });
  const ask = (upstream: string) =>
    upstreams.call(
      request({
        upstream,
        path: '/ws',
        stream: { idleMs: 60_000, socket: { protocols: [], maxMessageBytes: 1024 } },
      }),
    );
  const { socket } = await ask('good');
  const ear = new Ear(socket);
  await assert.rejects(ask('good'), coded('bulkhead_full'));
  sockets[0]?.close(1000);
  await ear.until(() => ear.end !== undefined);
  const again = await ask('good');
  again.socket?.close(1000, '');
  await assert.rejects(ask('silent'), coded('upstream_timeout'));
  assert.equal((await ask('ill')).status, 503);
  await assert.rejects(ask('ill'), coded('circuit_open'));
});
