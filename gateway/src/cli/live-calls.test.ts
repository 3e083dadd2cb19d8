import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { openLiveCalls } from './live-calls.ts';

test('calls go through the upstreams as configured; what is not JSON, not there or not REST is told with the call', async (t) => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.traceparent ? 'traced' : ''}`);
    request.resume();
    if (request.url?.endsWith('/text')) response.end('hello');
    else response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":1}');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const config = configSchema.parse({
    upstreams: {
      a: { url: `http://127.0.0.1:${port}/base`, cache: {} },
      away: { url: 'http://127.0.0.1:1', retry: { max: 0 } },
    },
    // Neither is opened: there is no such package, and no such Redis.
    bffs: [{ package: './none.js', mount: '/m' }],
    state: { redis: 'redis://127.0.0.1:1' },
  });
  const calls = await openLiveCalls(config, import.meta.dirname);
  t.after(() => calls.close());
  const query = { q: ['x y', 'z'] };
  assert.deepEqual(
    await calls.ask(
      { to: 'a POST /u/{id}', asked: { path: { id: 'a/b' }, query, body: { b: 1 } } },
      undefined,
    ),
    { status: 200, answer: { id: 1 } },
  );
  assert.deepEqual(asked, ['POST /base/u/a%2Fb?q=x+y&q=z traced']);
  const rejects = (to: string, message: RegExp) =>
    assert.rejects(calls.ask({ to, asked: {} }, undefined), { message });
  await rejects('a GET /text', /^a GET \/text: a: GET \/text answered no JSON$/);
  await rejects('away GET /x', /^away GET \/x: /);
  await rejects('b GET /x', /^b GET \/x: the configuration has no upstream b \(it has a, away\)$/);
  await rejects('a STREAM /x', /^a STREAM \/x: event streams are not recorded$/);
  await rejects('dispatch findDriver', /^dispatch findDriver: gRPC is not recorded$/);
  const document = 'query Orders { orders }';
  await assert.rejects(calls.ask({ to: 'graph Orders', asked: {}, document }, undefined), {
    message: 'graph Orders: the configuration has no graph',
  });
});
