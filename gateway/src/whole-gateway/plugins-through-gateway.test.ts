/** Plugins in a running gateway: streams, bodies, clients that leave, retries, caches, splits, reloads. Real sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startGateway } from '../app.ts';
import { configSchema } from '../config/schema.ts';
import type { PluginMiddleware } from '../plugin/definition.ts';
import { behaviours, lives } from '../plugin/scripted.fixture.ts';
import { policies } from '../plugin/scripted-policy.fixture.ts';
import type { Running } from '../running.ts';

const folder = join(import.meta.dirname, '..');
const plugin = (name: string) => join(folder, `plugin/${name}.fixture.ts`);
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const backend = createServer((request, response) => answer(request, response));
let backendUrl = '';
let running: Running;

/** What has an own route, and so its own plugin. */
const MIDDLEWARES = ['passes', 'waits', 'short'];

function options(more: Record<string, unknown> = {}) {
  const route = (path: string, upstream = 'shop') => ({ match: { path }, to: { upstream }, auth: 'none' });
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, drain: { idle: '20ms' } },
    admin: { port: 0 },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    upstreams: {
      shop: { url: backendUrl, retry: { backoff: '1ms' } },
      kept: { url: backendUrl, cache: {} },
      stable: { url: backendUrl },
      canary: { url: backendUrl },
      orders: {
        split: { sides: { stable: { upstream: 'stable' }, canary: { upstream: 'canary', weight: 100 } } },
      },
    },
    routes: [
      ...MIDDLEWARES.map((name) => ({
        ...route(`/${name}/*`),
        ...(name === 'short' ? { deadline: '400ms' } : {}),
      })),
      route('/reads/*'),
      route('/kept', 'kept'),
      route('/orders', 'orders'),
      route('/retried'),
    ],
    plugins: [
      ...MIDDLEWARES.map((name) => ({
        package: plugin('scripted'),
        name,
        config: { does: name },
        routes: [`/${name}/*`],
      })),
      { package: plugin('scripted-reading'), config: { does: 'reads' }, routes: ['/reads/*'] },
      { package: plugin('scripted-policy'), name: 'keyed', config: { does: 'keyed' }, upstreams: ['kept'] },
      {
        package: plugin('scripted-policy'),
        name: 'sides',
        config: { does: 'sides' },
        upstreams: ['stable', 'canary'],
      },
      {
        package: plugin('scripted-policy'),
        name: 'each',
        config: { does: 'each' },
        place: { after: 'retry' },
        upstreams: ['shop'],
      },
    ],
    ...more,
  });
  return { config, folder };
}

before(async () => {
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const address = backend.address();
  assert.ok(typeof address === 'object' && address);
  backendUrl = `http://127.0.0.1:${address.port}`;
  running = await startGateway(options());
});
after(async () => {
  await running?.drain();
  backend.closeAllConnections();
  backend.close();
});

const urlOf = (path: string) => `http://127.0.0.1:${running.addresses.public.port}${path}`;
const pass: PluginMiddleware = (_request, next) => next();

async function metric(name: string): Promise<string[]> {
  const text = await (await fetch(`http://127.0.0.1:${running.addresses.admin?.port}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name));
}

test('bodies stream both ways past a plugin that reads none; events past one that does', async () => {
  const unread: unknown[] = [];
  behaviours.set('passes', pass).set('reads', async (_, next) => {
    const reply = await next();
    unread.push(reply.body);
    reply.headers.set('x-seen', 'yes');
    return reply;
  });
  for (const path of ['/passes/a', '/reads/a']) {
    const [more, last] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    answer = async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      await more.promise;
      response.end('data: 2\n\n');
      last.resolve();
    };
    const reader = (await fetch(urlOf(path))).body?.getReader();
    assert.ok(reader);
    // It comes while the backend has not ended.
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'data: 1\n\n');
    more.resolve();
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'data: 2\n\n');
    await last.promise;
  }
  assert.deepEqual(unread, [undefined]);
  // The backend sees the first part of a request's body before there is another.
  answer = (request, response) =>
    void request.once('data', (part) => response.write(`${part}`)).once('end', () => response.end());
  const asked = send(urlOf('/passes/up'), { method: 'POST' });
  asked.flushHeaders();
  asked.write('first');
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  asked.once('response', resolve);
  const reply = await promise;
  assert.equal(String((await once(reply, 'data'))[0]), 'first');
  asked.end('second');
  await once(reply.resume(), 'end');
});

test('HEAD keeps what a GET would have said of the body, read or not', async () => {
  behaviours.set('reads', async (_, next) => {
    const reply = await next();
    reply.headers.set('x-seen', 'yes');
    return reply;
  });
  answer = (_, response) => response.writeHead(200, { 'content-length': '1234', etag: '"v"' }).end();
  for (const path of ['/passes/a', '/reads/a']) {
    const reply = await fetch(urlOf(path), { method: 'HEAD' });
    assert.deepEqual([reply.status, reply.headers.get('content-length')], [200, '1234'], path);
  }
});

test('a status that has no body has none, whatever came', async () => {
  behaviours.set('passes', async (_, next) => {
    const reply = await next();
    reply.status = 204;
    return reply;
  });
  answer = (_, response) => response.end('a body that nobody wants');
  for (let i = 0; i < 2; i += 1) {
    const reply = await fetch(urlOf('/passes/a'));
    assert.deepEqual([reply.status, await reply.text()], [204, '']);
  }
});

test('a request without a body has none behind a plugin that reads it', async () => {
  behaviours.set('reads', pass);
  let seen: IncomingMessage['headers'] = {};
  answer = ({ headers }, response) => {
    seen = headers;
    response.end();
  };
  await fetch(urlOf('/reads/a'));
  assert.deepEqual([seen['content-length'], seen['transfer-encoding']], [undefined, undefined]);
});

test('a client that leaves, or a deadline that is shorter than a stalled plugin, ends the request; neither suspends nor revives it', async () => {
  const waits = Promise.withResolvers<void>();
  behaviours.set('waits', ({ signal }) => {
    waits.resolve();
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const leaving = new AbortController();
  const asked = fetch(urlOf('/waits/a'), { signal: leaving.signal });
  await waits.promise;
  leaving.abort();
  await assert.rejects(asked);
  behaviours.set('short', () => new Promise(() => {}));
  for (let i = 0; i < 6; i += 1) assert.equal((await fetch(urlOf('/short/a'))).status, 504);
  behaviours.set('short', (request) => request.respond(200));
  assert.equal((await fetch(urlOf('/short/a'))).status, 200);
  assert.deepEqual(await metric('frontdesk_plugin_failures_total{plugin="short"'), []);
});

test('a policy after retry sees each attempt as it was first, before cache each call, and what it sets is in the key', async () => {
  const attempts: string[] = [];
  policies.set('each', (call, next) => {
    call.headers.append('x-tried', `${call.attempt}`);
    return next();
  });
  answer = ({ headers }, response) => {
    attempts.push(String(headers['x-tried']));
    if (attempts.length < 2) response.writeHead(503);
    response.end();
  };
  assert.equal((await fetch(urlOf('/retried'))).status, 200);
  assert.deepEqual(attempts, ['1', '2']);

  let calls = 0;
  let asked = 0;
  let language = 'en';
  policies.set('keyed', (call, next) => {
    calls += 1;
    call.headers.set('accept-language', language);
    return next();
  });
  answer = ({ headers }, response) => {
    asked += 1;
    response.writeHead(200, { 'cache-control': 'max-age=60', vary: 'accept-language' });
    response.end(headers['accept-language']);
  };
  const texts: string[] = [];
  for (language of ['en', 'de', 'en', 'de']) texts.push(await (await fetch(urlOf('/kept'))).text());
  assert.deepEqual([texts, calls, asked], [['en', 'de', 'en', 'de'], 4, 2]);
});

test('a policy stands on the sides of a split', async () => {
  const sides: string[] = [];
  policies.set('sides', (call, next) => {
    sides.push(call.upstream);
    return next();
  });
  answer = (_, response) => response.end();
  await fetch(urlOf('/orders'));
  assert.deepEqual(sides, ['canary']);
});

test('a reload keeps the plugins that it leaves alone, opens those that it changes, closes those that are gone', async () => {
  const { plugins } = options().config;
  const before = lives.length;
  await running.replace(options());
  assert.equal(lives.length, before);
  const changed = plugins.flatMap((entry) => {
    if (entry.name === 'waits') return [];
    return entry.name === 'short' ? [{ ...entry, config: { does: 'other' } }] : [entry];
  });
  await running.replace({ ...options(), config: { ...options().config, plugins: changed } });
  assert.equal(lives[before], 'opened other');
  while (lives.length < before + 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(new Set(lives.slice(before + 1)), new Set(['closed waits', 'closed short']));
  const bad = plugins.map((entry) => (entry.name === 'each' ? { ...entry, package: './gone.ts' } : entry));
  await assert.rejects(running.replace({ ...options(), config: { ...options().config, plugins: bad } }));
  assert.equal(lives.length, before + 3);
});
