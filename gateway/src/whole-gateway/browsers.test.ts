/** Address, CORS, security headers and compression through a whole gateway, with what stands before and behind them. */
import assert from 'node:assert/strict';
import { type IncomingMessage, request as send } from 'node:http';
import { test } from 'node:test';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { type Backend, type Gateway, gateway, httpBackend } from './proxied.fixture.ts';

const APP = 'https://app.example';
const OTHER = 'https://other.example';
const TEXT = JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: `name ${id}` })));

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function ask(
  { host }: Gateway,
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', body }: { method?: string; body?: Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(`http://${host}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function guarded({ url }: Backend): Record<string, unknown> {
  return {
    listen: {
      host: '127.0.0.1',
      port: 0,
      trustedProxies: { addresses: ['127.0.0.1', '10.0.0.0/8'] },
      ip: { deny: ['203.0.113.0/24'] },
    },
    auth: { apiKey: {} },
    compress: true,
    upstreams: { one: { url, cache: {} } },
    routes: [
      { match: { path: '/key' }, to: { upstream: 'one' }, cors: { origins: [APP] } },
      {
        match: { path: '/few' },
        to: { upstream: 'one' },
        auth: 'none',
        cors: { origins: [APP] },
        limit: { capacity: 1, refill: '1/h', per: 'address' },
      },
      { match: { path: '/text' }, to: { upstream: 'one' }, auth: 'none' },
      { match: { path: '/shared' }, to: { upstream: 'one' }, auth: 'none', cors: { origins: [APP, OTHER] } },
      {
        match: { path: '/upload' },
        to: { upstream: 'one' },
        auth: 'none',
        request: { decompress: ['gzip'], maxBody: '10KiB' },
      },
      { match: { path: '/office' }, to: { upstream: 'one' }, auth: 'none', ip: { allow: ['192.0.2.0/24'] } },
    ],
  };
}

test('pages read refusals of theirs, and preflights ask nobody who they are', async (t) => {
  const backend = await httpBackend(t, (_request, response) => response.end('ok'));
  const door = await gateway(t, guarded(backend));
  const refused = await ask(door, '/key', { origin: APP });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers['access-control-allow-origin'], APP);
  assert.equal(refused.headers.vary, 'Origin');
  assert.equal(
    (await ask(door, '/key', { origin: 'https://evil.test' })).headers['access-control-allow-origin'],
    undefined,
  );
  const asks = { origin: APP, 'access-control-request-method': 'PUT' };
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await ask(door, '/few', asks, { method: 'OPTIONS' })).status, 204);
  }
  assert.equal((await ask(door, '/key', asks, { method: 'OPTIONS' })).status, 204);
  assert.equal(
    (await ask(door, '/text', asks, { method: 'OPTIONS' })).headers['access-control-allow-origin'],
    undefined,
  );
  assert.equal((await ask(door, '/few')).status, 200);
  const limited = await ask(door, '/few', { origin: APP });
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['access-control-allow-origin'], APP);
  assert.match(limited.headers['access-control-expose-headers'] ?? '', /retry-after/);
  assert.equal(limited.headers['x-content-type-options'], 'nosniff');
  assert.match(String(limited.headers['content-security-policy']), /default-src 'none'/);
});

test('B37: limits, rules and backends go by the address that a trusted proxy tells', async (t) => {
  const backend = await httpBackend(t, ({ headers }, response) => {
    response.end(`${headers['x-forwarded-for']} ${headers['x-forwarded-proto']} ${headers.forwarded}`);
  });
  const door = await gateway(t, guarded(backend));
  const from = (address: string) => ({
    'x-forwarded-for': `6.6.6.6, ${address}, 10.0.0.9`,
    forwarded: 'for=6.6.6.6',
  });
  const one = await ask(door, '/few', { ...from('198.51.100.1'), 'x-forwarded-proto': 'https' });
  assert.equal(one.body.toString(), '198.51.100.1, 10.0.0.9, 127.0.0.1 https undefined');
  assert.equal(one.headers['strict-transport-security'], 'max-age=31536000');
  assert.equal((await ask(door, '/few', from('198.51.100.1'))).status, 429);
  assert.equal((await ask(door, '/few', from('198.51.100.2'))).status, 200);
  assert.equal((await ask(door, '/office', from('192.0.2.7'))).status, 200);
  assert.equal((await ask(door, '/office', from('198.51.100.1'))).status, 403);
  assert.equal((await ask(door, '/office')).status, 403);
  assert.equal((await ask(door, '/healthz', from('203.0.113.1'))).status, 403);
  assert.match(await door.metrics(), /frontdesk_ip_refused_total\{route="\*"\} 1\n/);
});

test('a cache keeps one reply for all codings, and validators work across them', async (t) => {
  let calls = 0;
  const backend = await httpBackend(t, (_request, response) => {
    calls += 1;
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'max-age=60');
    response.setHeader('etag', '"1"');
    response.end(TEXT);
  });
  const door = await gateway(t, guarded(backend));
  const gzip = await ask(door, '/text', { 'accept-encoding': 'gzip' });
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(gzip.body).toString(), TEXT);
  const zstd = await ask(door, '/text', { 'accept-encoding': 'zstd' });
  assert.equal(zstdDecompressSync(zstd.body).toString(), TEXT);
  assert.equal((await ask(door, '/text')).body.toString(), TEXT);
  assert.equal(calls, 1);
  assert.equal(gzip.headers.etag, 'W/"1"');
  for (const headers of [{ 'accept-encoding': 'gzip' }, {}]) {
    const same = await ask(door, '/text', { ...headers, 'if-none-match': 'W/"1"' });
    assert.equal(same.status, 304);
    assert.equal(same.headers.etag, 'W/"1"');
  }
  const head = await ask(door, '/text', { 'accept-encoding': 'gzip' }, { method: 'HEAD' });
  assert.equal(head.headers.vary, 'Accept-Encoding');
  assert.equal(head.headers['content-encoding'], 'gzip');
  assert.equal(head.headers['content-length'], undefined);
  assert.equal(head.headers.etag, 'W/"1"');
  assert.equal(calls, 1);
});

test('a cached reply is told to each page by its own origin, never by the one before', async (t) => {
  let calls = 0;
  const backend = await httpBackend(t, (_request, response) => {
    calls += 1;
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'max-age=60');
    response.setHeader('access-control-allow-origin', 'https://evil.test');
    response.setHeader('access-control-allow-credentials', 'true');
    response.end(TEXT);
  });
  const door = await gateway(t, guarded(backend));
  for (const origin of [APP, 'https://evil.test', OTHER, APP, `${APP}.evil.test`, 'null', undefined]) {
    const { headers } = await ask(door, '/shared', origin === undefined ? {} : { origin });
    const granted = origin === APP || origin === OTHER ? origin : undefined;
    assert.equal(headers['access-control-allow-origin'], granted, origin);
    assert.equal(headers['access-control-allow-credentials'], undefined);
    assert.match(headers.vary ?? '', /Origin/);
  }
  assert.equal(calls, 1);
});

test('D62: a coded request arrives as its content, a bomb does not', async (t) => {
  const got: string[] = [];
  const backend = await httpBackend(t, async (request, response) => {
    let text = '';
    try {
      for await (const chunk of request) text += chunk;
      got.push(`${request.headers['content-encoding']} ${text}`);
    } catch {
      got.push('broken off');
    }
    response.end('ok');
  });
  const door = await gateway(t, guarded(backend));
  const upload = (body: Buffer, coding = 'gzip') =>
    ask(door, '/upload', { 'content-encoding': coding }, { method: 'POST', body });
  assert.equal((await upload(gzipSync('content'))).status, 200);
  assert.deepEqual(got.splice(0), ['undefined content']);
  assert.equal((await upload(gzipSync(Buffer.alloc(5_000_000)))).status, 413);
  assert.equal((await upload(Buffer.from('no gzip'))).status, 400);
  assert.equal((await upload(gzipSync('x'), 'br')).status, 415);
  assert.ok(!got.some((one) => one !== 'broken off'), String(got));
  assert.equal((await upload(gzipSync('next'))).status, 200);
});

test('a client that leaves in the middle of a coded reply leaves nothing behind', async (t) => {
  const closed = Promise.withResolvers<void>();
  const backend = await httpBackend(t, (_request, response) => {
    response.setHeader('content-type', 'text/plain');
    const more = setInterval(() => response.write('again and again '.repeat(1_000)), 5);
    response.on('close', () => {
      clearInterval(more);
      closed.resolve();
    });
  });
  const door = await gateway(t, guarded(backend));
  const request = send(`http://${door.host}/text`, { headers: { 'accept-encoding': 'gzip' }, agent: false });
  request.on('error', () => {});
  request.on('response', (response) => response.once('data', () => request.destroy()));
  request.end();
  await closed.promise;
  assert.equal((await ask(door, '/healthz')).status, 200);
});
