/** Traces of a whole gateway, as a collector gets them: F of issue 7, See. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type Collector, outline, startCollector } from '../telemetry/traces/testing/collector.ts';
import { gateway, httpBackend } from '../whole-gateway/proxied.fixture.ts';

const QUIET = { accessLog: { enabled: false }, level: 'silent' };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

async function collecting(t: TestContext): Promise<Collector> {
  const collector = await startCollector();
  t.after(() => collector.close());
  return collector;
}

/** A span a batch, so that nobody waits. */
function traced({ url }: Collector, more: Record<string, unknown> = {}) {
  const traces = {
    endpoint: url,
    protocol: 'http/json',
    sampling: { ratio: 1 },
    queue: { batch: 1, interval: '10ms' },
    ...more,
  };
  return { ...QUIET, traces };
}

const SERVER = 2;
const isServer = ({ kind }: { kind: number }) => kind === SERVER;

test('a passed-through request with a retry: both attempts hang below it, and the backend is told of each', async (t) => {
  const collector = await collecting(t);
  const told: string[] = [];
  const backend = await httpBackend(t, (request, response) => {
    told.push(String(request.headers.traceparent));
    response.writeHead(told.length === 1 ? 503 : 200).end('ok');
  });
  const { host } = await gateway(t, {
    telemetry: traced(collector),
    upstreams: { users: { url: backend.url, retry: { max: 1, backoff: '1ms', status: [503] } } },
    routes: [{ match: { path: '/users/*' }, to: { upstream: 'users' }, auth: 'none' }],
  });
  const reply = await fetch(`http://${host}/users/7?q=1`, {
    headers: { traceparent: PARENT, tracestate: 'vendor=1', 'user-agent': 'test/1' },
  });
  assert.equal(reply.status, 200);
  await reply.text();
  const [server] = await collector.until(1, isServer);
  const spans = await collector.until(3);
  assert.ok(server);
  assert.deepEqual(outline(spans, server), ['GET /users/*', '  GET users', '  GET users']);
  // The caller's trace goes on here.
  assert.deepEqual(
    [server.traceId, server.parentSpanId, server.traceState],
    [TRACE, 'b7ad6b7169203331', 'vendor=1'],
  );
  assert.deepEqual(
    ['http.request.method', 'http.route', 'url.path', 'http.response.status_code', 'user_agent.original'].map(
      (name) => server.attributes[name],
    ),
    ['GET', '/users/*', '/users/7', 200, 'test/1'],
  );
  assert.equal(server.attributes['url.query'], undefined);
  assert.equal(server.attributes['client.address'], undefined);
  const attempts = spans
    .filter((span) => !isServer(span))
    .sort((a, b) => a.startTimeUnixNano - b.startTimeUnixNano);
  assert.deepEqual(
    attempts.map(({ attributes, status }) => [
      attributes['http.response.status_code'],
      attributes['http.request.resend_count'],
      attributes['error.type'],
      status.code,
    ]),
    [
      [503, undefined, '503', 2],
      [200, 1, undefined, 0],
    ],
  );
  assert.deepEqual(
    told,
    attempts.map(({ spanId }) => `00-${TRACE}-${spanId}-01`),
  );
  assert.equal(collector.resource['service.name'], 'frontdesk');
  assert.match(String(collector.resource['service.instance.id']), new RegExp(`:${process.pid}$`));
});

test('a second service goes on in the trace: its span hangs below the attempt that asked it', async (t) => {
  const collector = await collecting(t);
  const backend = await httpBackend(t, (_, response) => response.end('ok'));
  const inner = await gateway(t, {
    telemetry: traced(collector, { service: 'inner', sampling: { ratio: 0, parent: ['127.0.0.0/8'] } }),
    upstreams: { things: { url: backend.url } },
    routes: [{ match: { path: '/*' }, to: { upstream: 'things' }, auth: 'none' }],
  });
  const outer = await gateway(t, {
    telemetry: traced(collector, { service: 'outer' }),
    upstreams: { inner: { url: `http://${inner.host}` } },
    routes: [{ match: { path: '/*' }, to: { upstream: 'inner' }, auth: 'none' }],
  });
  await (await fetch(`http://${outer.host}/a`)).text();
  const spans = await collector.until(4);
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined || parentSpanId === '');
  assert.ok(root);
  assert.deepEqual(outline(spans, root), ['GET /*', '  GET inner', '    GET /*', '      GET things']);
});

test('a 401 is a trace that ends in its authentication', async (t) => {
  const collector = await collecting(t);
  const { host } = await gateway(t, {
    telemetry: traced(collector),
    auth: { apiKey: { header: 'x-api-key' } },
    upstreams: { users: { url: 'http://127.0.0.1:1' } },
    routes: [{ match: { path: '/users' }, to: { upstream: 'users' }, auth: ['apiKey'] }],
  });
  const reply = await fetch(`http://${host}/users`, { headers: { 'x-api-key': 'canary-of-a-key' } });
  assert.equal(reply.status, 401);
  const spans = await collector.until(2);
  const server = spans.find(isServer);
  assert.ok(server);
  assert.deepEqual(outline(spans, server), ['GET /users', '  authenticate']);
  assert.equal(server.attributes['error.type'], 'invalid_credentials');
  // A caller's fault is no error of the server's (semantic conventions for HTTP).
  assert.equal(server.status.code, 0);
});

test('a backend that does not answer in time is named by its attempt', async (t) => {
  const collector = await collecting(t);
  const backend = await httpBackend(t, () => {});
  const { host } = await gateway(t, {
    telemetry: traced(collector, { sampling: { ratio: 0 } }),
    upstreams: { slow: { url: backend.url, timeout: { attempt: '50ms' }, retry: { max: 0 } } },
    routes: [{ match: { path: '/slow' }, to: { upstream: 'slow' }, auth: 'none' }],
  });
  // Kept although the share takes none: it failed.
  assert.equal((await fetch(`http://${host}/slow`)).status, 504);
  const spans = await collector.until(2);
  const server = spans.find(isServer);
  assert.ok(server);
  assert.deepEqual(outline(spans, server), ['GET /slow', '  GET slow']);
  assert.deepEqual(
    spans.map(({ attributes, status }) => [attributes['error.type'], status.code]),
    [
      ['upstream_timeout', 2],
      ['upstream_timeout', 2],
    ],
  );
});

test('a client that leaves is no failure of anybody', async (t) => {
  const collector = await collecting(t);
  const asked = Promise.withResolvers<void>();
  const backend = await httpBackend(t, () => asked.resolve());
  const { host } = await gateway(t, {
    telemetry: traced(collector),
    upstreams: { slow: { url: backend.url } },
    routes: [{ match: { path: '/slow' }, to: { upstream: 'slow' }, auth: 'none' }],
  });
  const [name, port] = host.split(':');
  const socket = connect(Number(port), name);
  await once(socket, 'connect');
  socket.write(`GET /slow HTTP/1.1\r\nhost: a\r\n\r\n`);
  await asked.promise;
  socket.destroy();
  const spans = await collector.until(2);
  const attempt = spans.find((span) => !isServer(span));
  assert.equal(spans.find(isServer)?.attributes['frontdesk.outcome'], 'aborted');
  assert.deepEqual([attempt?.attributes['frontdesk.given_up'], attempt?.status.code], ['aborted', 0]);
});

test('no secret leaves: not of the query, the fields, the collector’s own key, or a failure’s detail', async (t) => {
  const collector = await collecting(t);
  const canary = 'canary-that-must-stay';
  const backend = await httpBackend(t, (_, response) =>
    response.writeHead(500, { 'set-cookie': canary, 'x-reply': canary }).end(canary),
  );
  const { host } = await gateway(t, {
    telemetry: traced(collector, {
      headers: { 'x-collector-key': 'k' },
      record: { query: true, clientAddress: true, requestHeaders: ['x-kind'] },
    }),
    upstreams: { users: { url: backend.url, retry: { max: 0 } } },
    routes: [{ match: { path: '/users/*' }, to: { upstream: 'users' }, auth: 'none' }],
  });
  const url = `http://${host}/users/1?token=${canary}&page=2`;
  const headers = {
    authorization: canary,
    cookie: canary,
    'x-other': canary,
    'x-kind': 'a',
    baggage: `a=${canary}`,
  };
  await (await fetch(url, { method: 'POST', body: canary, headers })).text();
  const [server] = await collector.until(1, isServer);
  assert.equal(server?.attributes['url.query'], 'token=[redacted]&page=2');
  assert.deepEqual(server?.attributes['http.request.header.x-kind'], ['a']);
  assert.equal(server?.attributes['client.address'], '127.0.0.1');
  assert.equal(collector.requests[0]?.headers['x-collector-key'], 'k');
  for (const body of collector.bodies) assert.equal(body.includes(canary), false);
});

test('a collector that is slow or gone delays no request, and what it misses is counted', async (t) => {
  const collector = await collecting(t);
  // It takes the batch and never answers.
  collector.behave = () => {};
  const backend = await httpBackend(t, (_, response) => response.end('ok'));
  const { host, metrics } = await gateway(t, {
    telemetry: traced(collector, { queue: { spans: 4, batch: 2, interval: '10ms' } }),
    upstreams: { users: { url: backend.url } },
    routes: [{ match: { path: '/users' }, to: { upstream: 'users' }, auth: 'none' }],
  });
  for (let i = 0; i < 5; i += 1) assert.equal((await fetch(`http://${host}/users`)).status, 200);
  await collector.asked(1);
  const text = await metrics();
  const dropped = /frontdesk_trace_spans_dropped_total\{reason="queue_full"\} (\d+)/.exec(text);
  // Ten spans: two are with the collector, four wait.
  assert.equal(
    dropped?.[1],
    '4',
    text
      .split('\n')
      .filter((line) => line.includes('trace_spans'))
      .join('\n'),
  );
});

test('what is not configured is not there: no span, no mark, and the caller’s own decision goes on', async (t) => {
  const seen: string[] = [];
  const backend = await httpBackend(t, (request, response) => {
    seen.push(String(request.headers.traceparent));
    response.end('ok');
  });
  const { host, metrics } = await gateway(t, {
    upstreams: { users: { url: backend.url } },
    routes: [{ match: { path: '/users' }, to: { upstream: 'users' }, auth: 'none' }],
  });
  await (await fetch(`http://${host}/users`, { headers: { traceparent: PARENT } })).text();
  assert.match(seen[0] ?? '', new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  assert.equal((await metrics()).includes('frontdesk_trace'), false);
});

test('without traces neither the library nor what uses it is loaded', async () => {
  const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { startGateway } = await import(${here('../app.ts')});
    const { configSchema } = await import(${here('../config/schema.ts')});
    const config = configSchema.parse({ listen: { host: '127.0.0.1', port: 0 }, telemetry: { accessLog: { enabled: false }, level: 'silent' } });
    const running = await startGateway({ folder: '.', config });
    await running.drain();
    console.log(JSON.stringify(loaded.filter((url) => /otlp-transformer|sdk-trace\\/|telemetry\\/traces\\//.test(url))));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  const loaded: unknown = JSON.parse(stdout);
  assert.ok(Array.isArray(loaded));
  // The arithmetic of shares is the access log's too.
  const own = loaded.filter((url) => !/traces\/(?:config|settings|sampling)\.ts$/.test(String(url)));
  assert.deepEqual(own, []);
});
