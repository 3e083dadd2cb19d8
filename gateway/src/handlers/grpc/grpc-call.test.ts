import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { describe, it, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { emptyBody, WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { context, rig } from '../../upstream/testing/harness.ts';
import { grpcFrame } from '../../wire/grpc/grpc-frames.ts';
import { shop } from './grpc.fixture.ts';
import { callGrpc, endInHead, type GrpcCall, startGrpc } from './grpc-call.ts';

const call = (more: Partial<GrpcCall> = {}): GrpcCall => ({
  upstream: 'shop',
  context: context(),
  path: '/shop.v1.Shop/Get',
  metadata: [],
  body: new WholeBody(grpcFrame(new Uint8Array(0))),
  idempotent: false,
  timeoutMs: undefined,
  idleMs: undefined,
  label: 'test',
  ...more,
});

/** A server that answers every call as it is told to, in whatever way. */
async function oddServer(
  t: TestContext,
  answer: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
): Promise<CallUpstream> {
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const upstreams = rig(t, {
    shop: { url: `http://127.0.0.1:${port}`, protocol: 'http2' },
  });
  t.after(async () => {
    await upstreams.dispose();
    server.close();
  });
  return upstreams.call;
}

/** Sends frames and then trailers. */
function sends(frames: readonly Uint8Array[], trailers: http2.OutgoingHttpHeaders | undefined) {
  return (stream: http2.ServerHttp2Stream): void => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: trailers !== undefined },
    );
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    for (const frame of frames) stream.write(frame);
    stream.end();
  };
}

describe('a call', () => {
  it('has its message, and the fields of head and end', async (t) => {
    const { callUpstream } = await shop(t, {
      Get: (_call: unknown, answer: (e: null, v: object) => void) => answer(null, { name: 'x' }),
    });
    const reply = await callGrpc(callUpstream, call(), 100);
    assert.equal(reply.status.code, 0);
    assert.deepEqual([...reply.message], [0x0a, 1, 0x78]);
    assert.ok(reply.trailers);
  });

  it('says what every call says: its type, that it hears trailers, how long it waits', async (t) => {
    let seen: http2.IncomingHttpHeaders = {};
    const callUpstream = await oddServer(t, (stream, headers) => {
      seen = headers;
      sends([grpcFrame(new Uint8Array(0))], { 'grpc-status': '0' })(stream);
    });
    const waiting = context({ deadlineMs: 5000 });
    await callGrpc(callUpstream, call({ context: waiting, metadata: ['x-a', 'b'] }), 100);
    waiting.deadline.end();
    assert.equal(seen['content-type'], 'application/grpc+proto');
    assert.equal(seen.te, 'trailers');
    assert.equal(seen['x-a'], 'b');
    assert.match(String(seen['grpc-timeout']), /^(4\d{3}|5000)m$/);
    assert.equal(seen[':path'], '/shop.v1.Shop/Get');
  });

  it('that fails has its status, without messages or after them', async (t) => {
    const { callUpstream } = await shop(t, {
      Get: (_call: unknown, answer: (e: object) => void) =>
        answer({ code: status.NOT_FOUND, details: 'näh' }),
    });
    assert.deepEqual((await callGrpc(callUpstream, call(), 100)).status, {
      code: 5,
      message: 'näh',
      details: undefined,
    });
    const late = await oddServer(t, sends([grpcFrame(new Uint8Array(0))], { 'grpc-status': '13' }));
    assert.equal((await callGrpc(late, call(), 100)).status.code, 13);
  });

  it('that meets a proxy has the code of its status', async (t) => {
    const callUpstream = await oddServer(t, (stream) => {
      stream.respond({ ':status': 503, 'content-type': 'text/html' });
      stream.end('<h1>down</h1>');
    });
    assert.equal((await callGrpc(callUpstream, call(), 100)).status.code, 14);
  });

  for (const [title, frames, trailers, code] of [
    ['no message', [], { 'grpc-status': '0' }, 'upstream_invalid'],
    [
      'two messages',
      [grpcFrame(new Uint8Array(0)), grpcFrame(new Uint8Array(0))],
      { 'grpc-status': '0' },
      'upstream_invalid',
    ],
    ['half a message', [Buffer.from([0, 0, 0, 0, 9, 1])], { 'grpc-status': '0' }, 'upstream_invalid'],
    ['no status', [grpcFrame(new Uint8Array(0))], undefined, 'upstream_invalid'],
    [
      'a message past the limit',
      [grpcFrame(new Uint8Array(101))],
      { 'grpc-status': '0' },
      'upstream_too_large',
    ],
    ['a compressed message', [Buffer.from([1, 0, 0, 0, 0])], { 'grpc-status': '0' }, 'upstream_invalid'],
  ] as const) {
    it(`whose reply has ${title} is refused`, async (t) => {
      await assert.rejects(callGrpc(await oddServer(t, sends(frames, trailers)), call(), 100), { code });
    });
  }

  it('that gets a page instead of gRPC is refused', async (t) => {
    const callUpstream = await oddServer(t, (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end('<h1>hello</h1>');
    });
    await assert.rejects(callGrpc(callUpstream, call(), 100), { code: 'upstream_invalid' });
  });

  it('as a stream has no deadline of ours to keep', async (t) => {
    let timeout: unknown = 'unseen';
    const callUpstream = await oddServer(t, (stream, headers) => {
      timeout = headers['grpc-timeout'];
      sends([], { 'grpc-status': '0' })(stream);
    });
    const waiting = context({ deadlineMs: 5000 });
    const reply = await startGrpc(callUpstream, call({ context: waiting, idleMs: 1000 }));
    waiting.deadline.end();
    reply.body.discard(new Error('enough'));
    assert.equal(timeout, undefined);
  });
});

it('a head says the end of a call without messages', () => {
  const settled = Promise.resolve({ kind: 'complete', bytes: 0 } as const);
  const reply = (status: number, fields: Record<string, string>) => ({
    status,
    headers: HeaderFields.of(fields),
    body: emptyBody,
    settled,
  });
  assert.equal(endInHead(reply(200, { 'content-type': 'application/grpc' })), undefined);
  assert.equal(endInHead(reply(200, { 'content-type': 'application/grpc', 'grpc-status': '7' }))?.code, 7);
  assert.equal(endInHead(reply(404, {}))?.code, 12);
});
