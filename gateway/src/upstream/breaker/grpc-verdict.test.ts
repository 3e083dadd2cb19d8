import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { it, type TestContext } from 'node:test';
import { type Meter, noMeter } from '../../core/meter.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { request, rig, text } from '../testing/harness.ts';
import { upstreamMetrics } from './observation.ts';

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

/** Answers each call with one message, and then the status. */
async function lateBackend(t: TestContext, status: string): Promise<Backend> {
  let calls = 0;
  const server = http2.createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    calls += 1;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'late' }));
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    calls: () => calls,
  };
}

/** The trailers' status. */
function endOf(reply: UpstreamReply): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    reply.body.start({
      write: () => true,
      end: (trailers) => resolve(trailers?.get('grpc-status')),
      fail: reject,
    });
  });
}

it('a status after a message opens breakers, and is counted; whoever called sees it as it came', async (t) => {
  const { url, calls } = await lateBackend(t, '13');
  const outcomes: string[] = [];
  const meter: Meter = {
    ...noMeter,
    counter:
      ({ name }) =>
      (_by, _upstream, outcome) => {
        if (name === 'frontdesk_upstream_requests_total') outcomes.push(outcome ?? '');
      },
  };
  const breaker = { minimumCalls: 4, windowCalls: 4 };
  const upstreams = rig(
    t,
    { users: { url, protocol: 'http2', breaker } },
    { metrics: upstreamMetrics(meter) },
  );
  t.after(() => upstreams.dispose());
  for (let i = 0; i < 4; i += 1) {
    const reply = await upstreams.call(call(true));
    assert.deepEqual([reply.status, await endOf(reply)], [200, '13']);
    assert.equal((await reply.settled).status, 500);
  }
  await assert.rejects(upstreams.call(call(false)), { code: 'circuit_open' });
  assert.equal(calls(), 4);
  assert.deepEqual(outcomes.slice(0, 4), ['status', 'status', 'status', 'status']);
});

it('a stream’s end says nothing of its endpoint, and a fault of the caller neither', async (t) => {
  for (const [status, more] of [
    ['13', { stream: { idleMs: 1_000 } }],
    ['5', {}],
    ['0', {}],
  ] as const) {
    const { url } = await lateBackend(t, status);
    const breaker = { minimumCalls: 4, windowCalls: 4 };
    const upstreams = rig(t, { users: { url, protocol: 'http2', breaker } });
    t.after(() => upstreams.dispose());
    for (let i = 0; i < 6; i += 1)
      assert.equal(await endOf(await upstreams.call({ ...call(false), ...more })), status);
  }
});
