import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearest, suggestion } from './nearest.ts';

test('edit distance: zero for the same, symmetric, one for one edit', () => {
  const words = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(words, words, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance <= Math.max(a.length, b.length));
      assert.ok(distance >= Math.abs(a.length - b.length));
    }),
  );
  assert.equal(editDistance('upstrem', 'upstream'), 1);
  assert.equal(editDistance('uesrs', 'users'), 1);
});

test('the nearest name is offered, a far one is not', () => {
  assert.equal(nearest('Upstrem', ['upstreams', 'upstream', 'users']), 'upstream');
  assert.equal(nearest('zzz', ['upstream', 'users']), undefined);
  assert.equal(nearest('x'.repeat(101), ['x'.repeat(100)]), undefined);
  assert.equal(suggestion('zzz', ['a1', 'b1']), 'known: a1, b1');
  assert.equal(suggestion('zzz', []), 'none is known here');
  assert.equal(suggestion('usrs', ['users']), 'did you mean "users"?');
});
