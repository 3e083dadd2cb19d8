import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepFreeze } from './freeze.ts';

test('freezing reaches every plain value and leaves instances alone', () => {
  const set = new Set([1]);
  const value = deepFreeze({ a: [{ b: 1 }], set });
  assert.throws(() => Object.assign(value.a[0] ?? {}, { b: 2 }), TypeError);
  set.add(2);
  assert.equal(value.set.size, 2);
});
