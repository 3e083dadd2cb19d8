/** Answers without an end of their own, over the real transport: what holds for them instead of what holds for calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coded } from '../core/testing/errors.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import { backend, request, rig } from './testing/harness.ts';

const stream = { idleMs: 60_000 };

/** Reads what comes; `until` resolves when so many bytes were heard, `over` when it ended or broke. */
function listen({ body }: UpstreamReply) {
  let bytes = 0;
  let changed = Promise.withResolvers<void>();
  const over = Promise.withResolvers<Error | undefined>();
  const flow = body.start({
    write(chunk) {
      bytes += chunk.length;
      changed.resolve();
      changed = Promise.withResolvers();
      return true;
    },
    end: () => over.resolve(undefined),
    fail: (error) => over.resolve(error),
  });
  return {
    flow,
    over: over.promise,
    async until(count: number) {
      while (bytes < count) await changed.promise;
    },
  };
}

test('streams take no places and no connections of calls', async (t) => {
  const url = await backend(t, (asked, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (asked.url === '/stream') response.write(':\n\n');
    else response.end('done');
  });
  const upstreams = rig(t, {
    x: { url, bulkhead: { maxInFlight: 1, maxQueue: 0, maxStreams: 2 }, pool: { connections: 1 } },
  });
  const open = () => upstreams.call(request({ upstream: 'x', path: '/stream', stream }));
  const streams = [listen(await open()), listen(await open())];
  await assert.rejects(open(), coded('bulkhead_full'));
  const { status, body } = await upstreams.call(request({ upstream: 'x', path: '/call' }));
  assert.equal(status, 200);
  body.discard(new Error('not read'));
  for (const { flow } of streams) flow.cancel(new Error('enough'));
});

test('neither size nor the idle time of calls cuts a stream; its own idle time does', async (t) => {
  const url = await backend(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('x'.repeat(4096));
  });
  const upstreams = rig(t, { x: { url, timeout: { idle: '10ms' }, response: { maxSize: '1KiB' } } });
  const lasting = listen(await upstreams.call(request({ upstream: 'x', stream })));
  await lasting.until(4096);
  const quiet = listen(await upstreams.call(request({ upstream: 'x', stream: { idleMs: 50 } })));
  assert.match(String(await quiet.over), /A backend did not answer in time/);
  assert.equal(await Promise.race([lasting.over, new Promise((turn) => setImmediate(turn, 'open'))]), 'open');
  lasting.flow.cancel(new Error('enough'));
});

test('a breaker judges a stream by its head', async (t) => {
  const url = await backend(t, (asked, response) => {
    if (asked.url === '/bad') response.writeHead(503).end();
    else {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('x');
      setImmediate(() => response.destroy());
    }
  });
  const breaker = { minimumCalls: 1, windowCalls: 1 };
  const upstreams = rig(t, { x: { url, breaker, retry: { max: 0 } } });
  const broken = listen(await upstreams.call(request({ upstream: 'x', path: '/breaks', stream })));
  assert.ok(await broken.over);
  assert.equal(upstreams.view()[0]?.breaker, 'closed');
  await upstreams.call(request({ upstream: 'x', path: '/bad', stream }));
  assert.equal(upstreams.view()[0]?.breaker, 'open');
});

test('where members are stripped, a stream brings the way to do it; what is none is stripped as ever', async (t) => {
  const url = await backend(t, (asked, response) => {
    const type = asked.url === '/stream' ? 'text/event-stream' : 'application/json';
    response.writeHead(200, { 'content-type': type });
    if (asked.url === '/stream') response.write(':\n\n');
    else response.end('{"a":1,"secret":2}');
  });
  const upstreams = rig(t, { x: { url, response: { strip: ['secret'] } } });
  const reply = await upstreams.call(request({ upstream: 'x', path: '/stream', stream }));
  const stripped = reply.strip?.(Buffer.from('{"a":1,"secret":2}'));
  assert.equal(Buffer.from(stripped ?? []).toString(), '{"a":1}');
  listen(reply).flow.cancel(new Error('enough'));
  const plain = await upstreams.call(request({ upstream: 'x', path: '/plain', stream }));
  assert.equal(plain.strip, undefined);
  assert.equal(plain.body.length, 7);
});

test('what JSON rules deny is denied in the messages of a stream too', async (t) => {
  const url = await backend(t, (_asked, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
  });
  const json = { deny: ['a.*.secret'], wrap: 'data' };
  const upstreams = rig(t, { x: { url, response: { strip: ['hidden'], json } } });
  const reply = await upstreams.call(request({ upstream: 'x', path: '/stream', stream }));
  const stripped = reply.strip?.(Buffer.from('{"a":[{"secret":1,"hidden":2,"b":3}]}'));
  assert.equal(Buffer.from(stripped ?? []).toString(), '{"a":[{"b":3}]}');
  assert.equal(reply.strip?.(Buffer.from('secret')), undefined);
  listen(reply).flow.cancel(new Error('enough'));
});

test('several endpoints share streams by how many each has open', async (t) => {
  const served = [0, 0];
  const urls = await Promise.all(
    served.map((_, index) =>
      backend(t, (_asked, response) => {
        served[index] = (served[index] ?? 0) + 1;
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      }),
    ),
  );
  const upstreams = rig(t, { x: { targets: urls.map((url) => ({ url })) } });
  const streams: ReturnType<typeof listen>[] = [];
  for (let i = 0; i < 10; i++) {
    streams.push(listen(await upstreams.call(request({ upstream: 'x', stream }))));
  }
  assert.deepEqual(served, [5, 5]);
  for (const { flow } of streams) flow.cancel(new Error('enough'));
});
