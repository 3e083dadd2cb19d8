import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { hygiene } from './hygiene.ts';

async function left(headers: Record<string, string>): Promise<string[]> {
  const { exchange } = makeExchange({ headers });
  const step = hygiene(['x-acme-user']);
  await step(exchange, async () => makeReply(200, new HeaderFields(), emptyBody));
  return [...exchange.headers].map(([name]) => name);
}

test('B29 B30 B37: what a client says of itself is gone in every spelling, the rest stays in order', async () => {
  const names = await left({
    accept: '*/*',
    'X-User-Id': '1',
    x_user_id: '1',
    'x-user-role': 'admin',
    'X-Forwarded-Client-Cert': 'x',
    'X-Forwarded-For': '10.0.0.1',
    'X-Original-URL': '/admin',
    'X-HTTP-Method-Override': 'DELETE',
    'X-Acme-User': '1',
    authorization: 'Bearer t',
  });
  assert.deepEqual(names, ['accept', 'authorization']);
});

test('B38: names of object members are names like any other', async () => {
  const headers = Object.fromEntries([
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
  assert.deepEqual(await left(headers), ['__proto__', 'constructor']);
});

test('the field of the tenant is kept aside for the match, and is gone for everybody else', async () => {
  const asked = async (headers: Record<string, string>, field?: string) => {
    const { exchange } = makeExchange({ headers });
    await hygiene([], field)(exchange, async () => makeReply(200, new HeaderFields(), emptyBody));
    return [exchange.statedTenant, exchange.headers.has('x-tenant')];
  };
  assert.deepEqual(await asked({ 'x-tenant': 'acme' }, 'x-tenant'), ['acme', false]);
  assert.deepEqual(await asked({ 'x-tenant': 'acme' }), [undefined, false]);
  assert.deepEqual(await asked({ x_tenant: 'acme' }, 'x-tenant'), [undefined, false]);
});
