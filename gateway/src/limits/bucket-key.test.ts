import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinKey, storeKey } from './bucket-key.ts';

test('J142: a consumer by whatever name, with colons, braces or line feeds: different parts never give one key', () => {
  const parts = fc.array(fc.string({ unit: fc.constantFrom(':', '}', '{', '1', 'a', '\n'), maxLength: 4 }), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      assert.equal(joinKey(a) === joinKey(b), JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});

test('J142: a store key shows no part, and its hash tag is the consumer alone', () => {
  const tag = (key: string) => /\{(.*)\}/.exec(key)?.[1];
  const one = storeKey(['plan.free.c', 'acme:}\n', '/api/users/*']);
  const other = storeKey(['upstream', 'acme:}\n', 'users']);
  assert.match(one, /^frontdesk:\{[\w-]{22}\}:[\w-]{22}$/);
  assert.notEqual(one, other);
  assert.equal(tag(one), tag(other));
  assert.notEqual(tag(one), tag(storeKey(['plan.free.c', 'acme', '/api/users/*'])));
});
