import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { firstParts } from './parts.ts';
import { backendOf, ID, readOf, USER } from './testing.fixture.ts';

async function partsOf(t: TestContext, ...backends: readonly object[]) {
  const described = await Promise.all(backends.map((paths) => backendOf(t, paths)));
  const parts = firstParts(new Map(described.map((backend, i) => [`b${i}`, backend])));
  return parts.map(({ name, upstream, required }) => [name, upstream, required]);
}

it('takes one read of each backend before a second of any, those that need least first', async (t) => {
  const users = { '/users/{id}': readOf(USER, [ID]), '/users': readOf({ type: 'array', items: USER }) };
  const orders = { '/orders': readOf(USER) };
  assert.deepEqual(await partsOf(t, users, orders), [
    ['users', 'b0', true],
    ['orders', 'b1', false],
  ]);
  assert.deepEqual(await partsOf(t, users), [
    ['user', 'b0', true],
    ['users', 'b0', false],
  ]);
});

it('gives two of one name two names', async (t) => {
  const users = { '/users': readOf(USER) };
  assert.deepEqual(await partsOf(t, users, users), [
    ['users', 'b0', true],
    ['users2', 'b1', false],
  ]);
});

it('has no two whose parameters of one name are of two types', async (t) => {
  const number = { ...ID, schema: { type: 'integer' }, example: 1 };
  const parts = await partsOf(
    t,
    { '/users/{id}': readOf(USER, [ID]) },
    {
      '/orders/{id}': readOf(USER, [number]),
      '/carts/{id}/{id2}': readOf(USER, [ID, { ...ID, name: 'id2' }]),
    },
  );
  assert.deepEqual(parts, [
    ['user', 'b0', true],
    ['cart', 'b1', false],
  ]);
});

it('leaves out what a screen can not simply show', async (t) => {
  const either = { oneOf: [USER, { type: 'string' }] };
  assert.deepEqual(await partsOf(t, { '/either': readOf(either), '/none': readOf({ type: 'null' }) }), []);
});
