import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { collect } from '../core/body.ts';
import { Authority } from '../core/testing/certificates.ts';
import { serve, textReply } from './raw-client.fixture.ts';

const authority = new Authority({ after });
const { certFile, keyFile } = authority.issue('gateway');

test('a client that leaves in mid-body never sent a whole one', async (t) => {
  const ended = Promise.withResolvers<unknown>();
  const { port } = await serve(t, {
    config: { tls: { cert: certFile, key: keyFile }, http2: true },
    handle: async (exchange) => {
      await collect(exchange.body, 100, () => new Error()).then(ended.resolve, ended.reject);
      return textReply('ok');
    },
  });
  const options = { port, host: 'localhost', ca: authority.ca, ALPNProtocols: ['h2'] };
  const socket = tls.connect(options);
  await once(socket, 'secureConnect');
  const session = http2.connect(`https://localhost:${port}`, { createConnection: () => socket });
  session.on('error', () => {});
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  stream.on('error', () => {});
  await new Promise((resolve) => stream.write('half', resolve));
  // Not `close`: node would end the body in good order first.
  socket.destroy();
  await assert.rejects(ended.promise, { code: 'client_closed' });
});

test('a request that does not arrive in time is answered 408; one that asks is told to go on', async (t) => {
  const { port } = await serve(t, {
    config: {
      tls: { cert: certFile, key: keyFile },
      http2: true,
      timeouts: { headers: '500ms', request: '500ms' },
    },
    handle: async (exchange) => {
      await collect(exchange.body, 100, () => new Error());
      return textReply('ok');
    },
  });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  const slow = session.request({ ':method': 'POST', ':path': '/', expect: '100-continue' });
  slow.on('error', () => {});
  const continued = once(slow, 'continue');
  const answered = once(slow, 'response');
  await continued;
  slow.write('half');
  const [head] = await answered;
  assert.equal(head[':status'], 408);
});
