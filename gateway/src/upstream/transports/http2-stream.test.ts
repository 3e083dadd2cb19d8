import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { http2Backend, http2Transport } from './http2.fixture.ts';
import { call } from './undici.fixture.ts';

// Ends that are none are seen in http2.test.ts.

test('a short reply that came with its head is whole, and gives its place back', async (t) => {
  const { url, sessions } = await http2Backend(
    t,
    (stream) => {
      stream.respond({ ':status': 200, 'content-length': 5 });
      stream.end('hello');
    },
    { settings: { maxConcurrentStreams: 1 } },
  );
  const one = http2Transport(t, url, { connections: 1 });
  let whole = 0;
  for (let i = 0; i < 5; i += 1) {
    const { body, settled } = await one.send(call());
    // Where head and body come in pieces it is no less right.
    if (!(body instanceof WholeBody)) {
      body.discard(new Error('not whole'));
      continue;
    }
    whole += 1;
    assert.equal(Buffer.from(body.bytes).toString(), 'hello');
    assert.deepEqual(await settled, { kind: 'complete', bytes: 5 });
  }
  assert.ok(whole > 0);
  assert.equal(sessions.length, 1);
  await one.close();
});

test('one with trailers, or longer than is taken, stays a stream', async (t) => {
  const { url } = await http2Backend(t, (stream, headers) => {
    const isLong = headers[':path'] === '/long';
    stream.respond({ ':status': 200 }, { waitForTrailers: !isLong });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end('x'.repeat(isLong ? 70_000 : 5));
  });
  const one = http2Transport(t, url);
  for (const path of ['/long', '/trailers']) {
    const { body } = await one.send(call({ path }));
    assert.ok(!(body instanceof WholeBody));
    body.discard(new Error('seen'));
  }
});
