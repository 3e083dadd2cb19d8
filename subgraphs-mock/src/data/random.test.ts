import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from './random.ts';

test('the same seed gives the same sequence, another seed another', () => {
  const sequence = (seed: number) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  assert.deepEqual(sequence(7), sequence(7));
  assert.notDeepEqual(sequence(7), sequence(8));
  assert.ok(sequence(7).every((value) => value >= 0 && value < 1));
});

test('integers and choices stay within their bounds', () => {
  const random = new SeededRandom(1);
  const seen = new Set<number>();
  for (let i = 0; i < 500; i++) seen.add(random.integer(3, 5));
  assert.deepEqual([...seen].sort(), [3, 4, 5]);
  for (let i = 0; i < 100; i++)
    assert.equal(random.weighted([['never', 0] as const, ['always', 1] as const]), 'always');
  assert.throws(() => random.pick([]), RangeError);
});
