import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../../core/body.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Reply } from '../../core/exchange.ts';
import { type ExchangeOptions, makeExchange } from '../../core/testing/exchange.ts';
import { adminHandler, healthHandler, isLoopback } from './admin.ts';

const NOW = Date.UTC(2026, 0, 1);

function setUp(token?: string, reasons: readonly string[] = []) {
  const revoked: [string, number][] = [];
  const purged: unknown[] = [];
  const handler = adminHandler({
    token,
    readiness: () => reasons,
    metrics: async (accept) => ({ contentType: accept ?? 'text/plain; version=0.0.4', text: 'm 1\n' }),
    logLevel: { view: () => ({ level: 'info', configured: 'info', until: undefined }), set: () => {} },
    revocations: {
      add: async ({ id, until }) => void revoked.push([id, until - NOW]),
      list: () => ({ known: 0, whole: true, revocations: [] }),
    },
    consumers: {
      list: async () => ({ known: 0, consumers: [] }),
      show: async () => undefined,
      put: async () => {},
      remove: async () => {},
      addKey: async () => '',
      removeKey: async () => {},
      rotateKey: async () => ({ id: '', key: '' }),
    },
    upstreams: () => ({ users: { endpoints: [] } }),
    splits: {
      view: () => [{ split: 'users' }],
      find: (name) =>
        name === 'users' ? { sides: ['a', 'b'], decide: () => true, view: () => ({ name }) } : undefined,
    },
    discovery: () => [{ upstream: 'users', source: 'dns users' }],
    bffs: { view: () => [{ name: 'web' }], reload: async () => undefined },
    flows: { view: async () => ({ runs: [] }), retry: async () => false },
    supergraph: () => ({ source: 's.graphql', generations: 1 }),
    purgeCaches: async ({ purge }) => {
      purged.push(purge);
      return { upstreams: ['users'], removed: 2 };
    },
    wall: () => NOW,
  });
  const ask = (options: ExchangeOptions): Promise<Reply> =>
    handler(makeExchange({ address: '127.0.0.1', host: 'localhost:4001', ...options }).exchange);
  const post = (value: unknown, more: ExchangeOptions = {}): Promise<Reply> =>
    ask({
      method: 'POST',
      target: '/admin/revocations',
      ...more,
      headers: { 'content-type': 'application/json', ...more.headers },
      body: new WholeBody(typeof value === 'string' ? value : JSON.stringify(value)),
    });
  return { ask, post, revoked, purged };
}

async function textOf(reply: Reply): Promise<string> {
  return Buffer.from(await collect(reply.body, 10_000, () => new Error('large'))).toString();
}

function refusedAs(code: ErrorCode): { code: ErrorCode } {
  return { code };
}

test('health answers anyone; readiness gives its reasons', async () => {
  const { ask } = setUp('a-long-admin-token', ['draining', 'supergraph not loaded']);
  const alive = await ask({ target: '/healthz', address: '203.0.113.9', host: 'x' });
  assert.equal(alive.status, 200);
  const ready = await ask({ target: '/readyz', address: '203.0.113.9', host: 'x' });
  assert.equal(ready.status, 503);
  assert.deepEqual(JSON.parse(await textOf(ready)), {
    status: 'not ready',
    reasons: ['draining', 'supergraph not loaded'],
  });
  const handler = healthHandler(() => []);
  assert.equal((await handler(makeExchange({ target: '/readyz' }).exchange)).status, 200);
  await assert.rejects(handler(makeExchange({ target: '/metrics' }).exchange), refusedAs('not_found'));
  await assert.rejects(
    handler(makeExchange({ target: '/healthz', method: 'POST' }).exchange),
    refusedAs('method_not_allowed'),
  );
});

test('L159: without a token only this machine may ask, by a name of its own and not from a page', async () => {
  const { ask } = setUp();
  assert.equal(await textOf(await ask({ target: '/metrics' })), 'm 1\n');
  assert.equal((await ask({ target: '/metrics', host: '[::1]:4001', address: '::1' })).status, 200);
  for (const options of [
    { address: '192.0.2.1' },
    { host: 'evil.example' },
    { host: 'localhost.evil.example' },
    { headers: { origin: 'http://localhost' } },
  ]) {
    await assert.rejects(ask({ target: '/metrics', ...options }), refusedAs('forbidden'));
  }
});

test('with a token it is the token that counts', async () => {
  const { ask } = setUp('a-long-admin-token');
  const shown = (authorization: string) =>
    ask({ target: '/admin/upstreams', address: '192.0.2.1', host: 'admin', headers: { authorization } });
  assert.equal(await textOf(await shown('Bearer a-long-admin-token')), '{"users":{"endpoints":[]}}');
  await assert.rejects(ask({ target: '/metrics' }), refusedAs('unauthenticated'));
  for (const wrong of ['Bearer x', 'Basic a-long-admin-token', 'a-long-admin-token']) {
    await assert.rejects(shown(wrong), refusedAs('invalid_credentials'));
  }
});

test('a revocation lasts as long as the token would', async () => {
  const { post, revoked } = setUp();
  assert.equal((await post({ jti: 't1', ttl: '5m' })).status, 204);
  await post({ jti: 't2', expiresAt: NOW / 1_000 + 60 });
  await post({ jti: 't3', expiresAt: '2026-01-01T00:02:00Z' });
  await post({ jti: 't4' });
  await post({ jti: 'expired', expiresAt: NOW / 1_000 - 1 });
  assert.deepEqual(revoked, [
    ['t1', 300_000],
    ['t2', 60_000],
    ['t3', 120_000],
    ['t4', 86_400_000],
  ]);
});

test('a revocation that is not understood changes nothing', async () => {
  const { post, ask, revoked } = setUp();
  for (const value of [
    '{',
    '[]',
    {},
    { jti: '' },
    { jti: 5 },
    { jti: 'x', ttl: 5 },
    { jti: 'x', ttl: '1m', expiresAt: 1 },
    { jti: 'x', tll: '1m' },
  ]) {
    await assert.rejects(post(value), refusedAs('bad_request'));
  }
  await assert.rejects(post({ jti: 'x'.repeat(20_000) }), refusedAs('payload_too_large'));
  await assert.rejects(
    post({ jti: 'x' }, { headers: { 'content-type': 'text/plain' } }),
    refusedAs('unsupported_media_type'),
  );
  await assert.rejects(ask({ target: '/admin/revocations', method: 'PUT' }), refusedAs('method_not_allowed'));
  await assert.rejects(ask({ target: '/admin/other' }), refusedAs('not_found'));
  assert.deepEqual(revoked, []);
});

test('loopback addresses', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(address), address);
  for (const address of ['128.0.0.1', '::', '10.0.0.1', '127.evil', '127.999.0.1', '127.1', ''])
    assert.ok(!isLoopback(address), address);
});

test('caches are purged by whoever may, and told what for', async () => {
  const { post, purged } = setUp('a-long-admin-token');
  const target = '/admin/cache/purge';
  await assert.rejects(post({ all: true }, { target }), refusedAs('unauthenticated'));
  const headers = { authorization: 'Bearer a-long-admin-token' };
  const reply = await post({ tag: 'p1' }, { target, headers });
  assert.deepEqual(JSON.parse(await textOf(reply)), { upstreams: ['users'], removed: 2 });
  assert.deepEqual(purged, [{ kind: 'tag', tag: 'p1' }]);
  await assert.rejects(post({}, { target, headers }), refusedAs('bad_request'));
});

test('consumers are behind the same door', async () => {
  const { ask } = setUp('a-long-admin-token');
  await assert.rejects(ask({ target: '/admin/consumers' }), refusedAs('unauthenticated'));
  const headers = { authorization: 'Bearer a-long-admin-token' };
  assert.equal((await ask({ target: '/admin/consumers', headers })).status, 200);
});

test('splits are shown and decided on, behind the same door', async () => {
  const { ask, post } = setUp('a-long-admin-token');
  const headers = { authorization: 'Bearer a-long-admin-token' };
  const target = '/admin/splits/users';
  await assert.rejects(post({ resume: true }, { target }), refusedAs('unauthenticated'));
  assert.deepEqual(JSON.parse(await textOf(await post({ resume: true }, { target, headers }))), {
    name: 'users',
  });
  await assert.rejects(post({}, { target, headers }), refusedAs('bad_request'));
  await assert.rejects(
    post({ resume: true }, { target: '/admin/splits/x', headers }),
    refusedAs('not_found'),
  );
  await assert.rejects(ask({ target, headers }), refusedAs('method_not_allowed'));
  const shown = await ask({ target: '/admin/splits', headers });
  assert.deepEqual(JSON.parse(await textOf(shown)), [{ split: 'users' }]);
});
