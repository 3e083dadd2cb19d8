import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { it, type TestContext } from 'node:test';
import { request, rig, text } from './testing/harness.ts';

interface Backend {
  readonly url: string;
  readonly calls: () => number;
}

/** Answers each call without a message, by the statuses in turn; the last of them stays. */
async function grpcBackend(t: TestContext, ...statuses: string[]): Promise<Backend> {
  let calls = 0;
  const server = http2.createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    const status = statuses[Math.min(calls, statuses.length - 1)] ?? '0';
    calls += 1;
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status },
      { endStream: true },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    calls: () => calls,
  };
}

const call = (idempotent: boolean) => request({ method: 'POST', path: '/a.B/C', idempotent });

it('a breaker opens on calls that fail in their head, and whoever called sees them as they came', async (t) => {
  const { url } = await grpcBackend(t, '14');
  const breaker = { minimumCalls: 4, windowCalls: 4 };
  const upstreams = rig(t, { users: { url, protocol: 'http2', breaker } });
  t.after(() => upstreams.dispose());
  for (let i = 0; i < 4; i += 1) {
    const reply = await upstreams.call(call(false));
    assert.deepEqual([reply.status, reply.headers.get('grpc-status'), await text(reply)], [200, '14', '']);
  }
  await assert.rejects(upstreams.call(call(false)), { code: 'circuit_open' });
});

it('a fault of the caller is none of the endpoint', async (t) => {
  const { url } = await grpcBackend(t, '5');
  const upstreams = rig(t, {
    users: { url, protocol: 'http2', breaker: { minimumCalls: 4, windowCalls: 4 } },
  });
  t.after(() => upstreams.dispose());
  for (let i = 0; i < 8; i += 1) await text(await upstreams.call(call(false)));
});

it('an idempotent call that found nobody is tried again', async (t) => {
  const { url, calls } = await grpcBackend(t, '14', '0');
  const upstreams = rig(t, { users: { url, protocol: 'http2' } });
  t.after(() => upstreams.dispose());
  const reply = await upstreams.call(call(true));
  assert.equal(reply.headers.get('grpc-status'), '0');
  await text(reply);
  assert.equal(calls(), 2);
});
