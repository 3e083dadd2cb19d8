import assert from 'node:assert/strict';
import type http from 'node:http';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { backend } from '../testing/harness.ts';
import { RegistryClient, type RegistryRequest, RegistrySilence } from './registry-client.ts';

const request: RegistryRequest = {
  path: '/a?b=c',
  headMs: 1_000,
  idleMs: 1_000,
  maxBytes: 100,
  signal: new AbortController().signal,
};

async function clientOf(t: TestContext, handle: http.RequestListener, path = '') {
  const clock = new ManualClock();
  const client = new RegistryClient({ url: (await backend(t, handle)) + path, clock });
  t.after(() => client.close());
  return { client, clock };
}

test('a request goes below the base path, with its body whole', async (t) => {
  const { client, clock } = await clientOf(
    t,
    async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      const { method, url, headers } = incoming;
      response.writeHead(201, { 'x-index': '7' }).end(`${method} ${url} ${headers['x-token']} ${body}`);
    },
    '/base/',
  );
  const reply = await client.open({ ...request, method: 'POST', body: 'ü', headers: { 'x-token': 't' } });
  assert.equal(reply.status, 201);
  assert.equal(reply.header('x-index'), '7');
  assert.equal(await reply.text(), 'POST /base/a?b=c t ü');
  assert.equal(clock.pending, 0);
});

test('lines come as they are sent, wherever the chunks end', async (t) => {
  let response: http.ServerResponse | undefined;
  const { client } = await clientOf(t, (_, made) => {
    response = made;
    made.write('{"a":1}\n{"b"');
  });
  const lines = (await client.open(request)).lines();
  assert.deepEqual((await lines.next()).value, ['{"a":1}']);
  const text = Buffer.from(':"ü"}\n\n{"c":3}\n{"d":4}');
  const inside = text.indexOf(0xc3) + 1;
  response?.write(text.subarray(0, inside));
  setImmediate(() => response?.end(text.subarray(inside)));
  assert.deepEqual((await lines.next()).value, ['{"b":"ü"}', '{"c":3}']);
  assert.deepEqual((await lines.next()).value, ['{"d":4}']);
  assert.equal((await lines.next()).done, true);
});

test('a registry that does not answer, or falls silent, is given up', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const mute = await clientOf(t, () => arrived.resolve());
  const opened = mute.client.open(request);
  await arrived.promise;
  mute.clock.advance(1_000);
  await assert.rejects(opened, RegistrySilence);

  const silent = await clientOf(t, (_, response) => response.write('a\n'));
  const lines = (await silent.client.open(request)).lines();
  await lines.next();
  silent.clock.advance(999);
  const next = lines.next();
  await new Promise(setImmediate);
  silent.clock.advance(1_000);
  await assert.rejects(next, RegistrySilence);
  assert.equal(silent.clock.pending, 0);
});

test('a body, or a line, that is too large is refused', async (t) => {
  const { client } = await clientOf(t, (_, response) => response.end('x'.repeat(200)));
  await assert.rejects((await client.open(request)).text(), /more than 100 bytes/);
  await assert.rejects((await client.open(request)).lines().next(), /a line of more than 100 bytes/);
});

test('a connection that breaks, or is given up, is an error', async (t) => {
  const { client } = await clientOf(t, (_, response) => {
    response.write('a');
    setImmediate(() => response.destroy());
  });
  await assert.rejects((await client.open(request)).text(), /aborted|socket hang up|ECONNRESET/);
  const end = new AbortController();
  const mute = await clientOf(t, () => end.abort());
  await assert.rejects(mute.client.open({ ...request, signal: end.signal }), /abort/i);
});

test('whoever stops reading closes the connection', async (t) => {
  const closed = Promise.withResolvers<void>();
  const { client } = await clientOf(t, (_, response) => {
    response.on('close', closed.resolve);
    response.write('a\n');
  });
  for await (const lines of (await client.open(request)).lines()) {
    assert.deepEqual(lines, ['a']);
    break;
  }
  await closed.promise;
});

test('redirects are not followed', async (t) => {
  const { client } = await clientOf(t, (_, response) =>
    response.writeHead(302, { location: '/other' }).end(),
  );
  assert.equal((await client.open(request)).status, 302);
});

test('TCP watches over a connection that is being read: a peer that vanished is found out', async (t) => {
  const kept = t.mock.method(net.Socket.prototype, 'setKeepAlive');
  const { client } = await clientOf(t, (_, response) => response.write('a\n'));
  const lines = (await client.open(request)).lines();
  await lines.next();
  assert.deepEqual(kept.mock.calls.at(-1)?.arguments, [true, 15_000]);
  await lines.return(undefined);
});
