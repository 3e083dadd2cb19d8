import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lru } from './lru.ts';

test('forgets what was not asked for longest', () => {
  const lru = new Lru<number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  assert.equal(lru.get('a'), 1);
  lru.set('c', 3);
  assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c')], [1, undefined, 3]);
});

test('drops a key only where it still holds that value', () => {
  const lru = new Lru<object>(2);
  const first = {};
  const second = {};
  lru.set('a', first);
  lru.set('a', second);
  lru.drop('a', first);
  assert.equal(lru.get('a'), second);
  lru.drop('a', second);
  assert.equal(lru.get('a'), undefined);
});

test('never holds more than its bound, and always the newest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', '__proto__')),
      (max, keys) => {
        const lru = new Lru<number>(max);
        keys.forEach((key, index) => {
          lru.set(key, index);
          assert.equal(lru.get(key), index);
          assert.ok(lru.size <= max);
        });
      },
    ),
  );
});

test('never weighs more than its bound, and keeps nothing that is too heavy alone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 12 }))),
      (sets) => {
        const lru = new Lru<number>(3, { maxWeight: 10, weigh: (value) => value });
        for (const [key, weight] of sets) {
          lru.set(key, weight);
          assert.equal(lru.get(key), weight > 10 ? undefined : weight);
          const held = [...lru.values()].reduce((sum, value) => sum + value, 0);
          assert.equal(lru.weight, held);
          assert.ok(held <= 10 && lru.size <= 3);
        }
      },
    ),
  );
});

test('an entry that grew is weighed again, and others make room for it', () => {
  const lru = new Lru<{ size: number }>(9, { maxWeight: 10, weigh: ({ size }) => size });
  const a = { size: 3 };
  const b = { size: 3 };
  lru.set('a', a);
  lru.set('b', b);
  b.size = 6;
  lru.reweigh('b');
  assert.equal(lru.weight, 9);
  b.size = 8;
  lru.reweigh('b');
  assert.deepEqual([lru.get('a'), lru.get('b'), lru.weight], [undefined, b, 8]);
  b.size = 11;
  lru.reweigh('b');
  lru.reweigh('nobody');
  assert.deepEqual([lru.size, lru.weight], [0, 0]);
});
