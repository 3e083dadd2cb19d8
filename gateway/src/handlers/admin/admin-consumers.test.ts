import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, WholeBody } from '../../core/body.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { type AdminConsumers, consumersHandler } from './admin-consumers.ts';

function setUp() {
  const done: unknown[] = [];
  const consumers: AdminConsumers = {
    list: async (offset, limit) => ({ known: 3, consumers: ['a', 'b', 'c'].slice(offset, offset + limit) }),
    show: async (id) => (id === 'acme/eu' ? { id } : undefined),
    put: async (...args) => void done.push(['put', ...args]),
    remove: async (...args) => void done.push(['remove', ...args]),
    addKey: async (id, key) => {
      done.push(['addKey', id, key]);
      return 'fd_secret';
    },
    removeKey: async (...args) => void done.push(['removeKey', ...args]),
    rotateKey: async (...args) => {
      done.push(['rotateKey', ...args]);
      return { id: 'k2', key: 'fd_secret' };
    },
  };
  const handler = consumersHandler(consumers);
  const ask = async (method: string, target: string, value?: unknown): Promise<[number, unknown]> => {
    const { exchange } = makeExchange({
      method,
      target,
      ...(value === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: new WholeBody(JSON.stringify(value)) }),
    });
    const { status, body } = await handler(exchange);
    const text = Buffer.from(await collect(body, 10_000, () => new Error('large'))).toString();
    return [status, text === '' ? undefined : JSON.parse(text)];
  };
  return { done, ask };
}

test('consumers are listed in parts and shown by id, slashes and all', async () => {
  const { ask } = setUp();
  assert.deepEqual(await ask('GET', '/admin/consumers?limit=2'), [
    200,
    { known: 3, consumers: ['a', 'b'], next: 2 },
  ]);
  assert.deepEqual(await ask('GET', '/admin/consumers/acme%2Feu'), [200, { id: 'acme/eu' }]);
  await assert.rejects(ask('GET', '/admin/consumers/other'), { code: 'not_found' });
});

test('each change is what its method and path say', async () => {
  const { done, ask } = setUp();
  assert.equal((await ask('PUT', '/admin/consumers/acme', { plan: 'gold' }))[0], 204);
  assert.equal((await ask('DELETE', '/admin/consumers/acme'))[0], 204);
  const made = await ask('POST', '/admin/consumers/acme/keys', { id: 'k1', scopes: ['read'] });
  assert.deepEqual(made, [201, { id: 'k1', scopes: ['read'], key: 'fd_secret' }]);
  assert.equal((await ask('DELETE', '/admin/consumers/acme/keys/k1'))[0], 204);
  assert.equal((await ask('POST', '/admin/consumers/acme/keys/k1/rotate', { overlap: '1d' }))[0], 201);
  assert.deepEqual(done, [
    ['put', 'acme', { plan: 'gold' }],
    ['remove', 'acme'],
    ['addKey', 'acme', { id: 'k1', scopes: ['read'] }],
    ['removeKey', 'acme', 'k1'],
    ['rotateKey', 'acme', 'k1', undefined, 86_400_000],
  ]);
});

test('other methods, paths and bodies are refused', async () => {
  const { done, ask } = setUp();
  await assert.rejects(ask('POST', '/admin/consumers', {}), { code: 'method_not_allowed' });
  await assert.rejects(ask('GET', '/admin/consumers/a/keys'), { code: 'method_not_allowed' });
  await assert.rejects(ask('POST', '/admin/consumers/a/keys', { id: 'k 1' }), { code: 'bad_request' });
  await assert.rejects(ask('POST', '/admin/consumers/a/keys', { id: 'k', key: 'mine' }), {
    code: 'bad_request',
  });
  for (const path of ['/a/other', '/a/keys/k/turn', '/a/keys/k/rotate/x', '/%ff'])
    await assert.rejects(ask('DELETE', `/admin/consumers${path}`), { code: 'not_found' }, path);
  assert.deepEqual(done, []);
});
