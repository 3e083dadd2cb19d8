import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../http/problem.ts';
import type { RestRequest } from '../http/rest.ts';
import { IdempotencyKeys } from './idempotency.ts';

function requestWith(key: string | undefined): RestRequest {
  return {
    param: () => '',
    query: new URLSearchParams(),
    headers: key === undefined ? {} : { 'idempotency-key': key },
    json: async () => ({}),
  };
}

test('a key does its work once for one request, and refuses another', () => {
  const keys = new IdempotencyKeys();
  let done = 0;
  const charge = (key: string | undefined, body: unknown, scope = 'POST /charges') =>
    keys.once(requestWith(key), scope, body, () => ({ status: 201, body: ++done }));
  assert.deepEqual(charge('a', { amount: 1 }), { status: 201, body: 1 });
  const again = charge('a', { amount: 1 });
  assert.equal(again.body, 1);
  assert.equal(again.headers?.['idempotent-replayed'], 'true');
  const refused = (error: unknown) => error instanceof Problem && error.status === 422;
  assert.throws(() => charge('a', { amount: 2 }), refused);
  assert.throws(() => charge('a', { amount: 1 }, 'POST /charges/1/refunds'), refused);
  assert.equal(charge('b', { amount: 1 }).body, 2);
  assert.equal(charge(undefined, { amount: 1 }).body, 3);
  assert.throws(() => charge('x'.repeat(256), {}), /1 to 255/);
});

test('a refusal leaves the key free', () => {
  const keys = new IdempotencyKeys();
  const refuse = () => {
    throw new Problem(402, 'declined');
  };
  assert.throws(() => keys.once(requestWith('k'), 's', 1, refuse), /declined/);
  assert.equal(keys.once(requestWith('k'), 's', 2, () => ({ status: 201 })).status, 201);
});

test('the order of members is no difference, and a closed key refuses whatever comes', () => {
  const keys = new IdempotencyKeys();
  let done = 0;
  const use = (key: string, body: unknown) =>
    keys.once(requestWith(key), 's', body, () => ({ status: 201, body: ++done }));
  use('a', { x: 1, y: { z: 2, w: 3 } });
  assert.equal(use('a', { y: { w: 3, z: 2 }, x: 1 }).body, 1);
  const refused = (error: unknown) => error instanceof Problem && error.status === 409;
  for (const key of ['a', 'b']) {
    keys.close(key);
    assert.throws(() => use(key, {}), refused);
  }
  assert.equal(keys.closed, 2);
  assert.equal(done, 1);
});

test('the oldest keys go when there are too many', () => {
  const keys = new IdempotencyKeys();
  let done = 0;
  const use = (key: string) => keys.once(requestWith(key), 's', 0, () => ({ status: 201, body: ++done }));
  for (let i = 0; i <= 10_000; i++) use(String(i));
  const before = done;
  use('10000');
  assert.equal(done, before);
  use('0');
  assert.equal(done, before + 1);
});
