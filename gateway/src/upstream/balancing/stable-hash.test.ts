import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashPair, hashText, pointOf } from './stable-hash.ts';

const GOLDEN = [2_872_998_923, 444_641_715, 2_083_131_798, 1_398_607_446];
const GOLDEN_PAIR = 1_155_079_965;

test('hashes are the same for ever: a release that changed them would move every key', () => {
  assert.deepEqual(['', 'a', 'user-42', 'ключ'].map(hashText), GOLDEN);
  assert.equal(hashPair(1, 2), GOLDEN_PAIR);
  assert.notEqual(hashPair(1, 2), hashPair(2, 1));
});

test('property: always a 32-bit number, and a point below 1', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(2 ** 32 - 1), (text, other) => {
      for (const hash of [hashText(text), hashPair(hashText(text), other)]) {
        assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
        assert.ok(pointOf(hash) >= 0 && pointOf(hash) < 1);
      }
    }),
  );
});

test('keys that differ in a digit are spread evenly', () => {
  const buckets = new Array<number>(16).fill(0);
  for (let i = 0; i < 16_000; i += 1) {
    const at = Math.floor(pointOf(hashText(`user-${i}`)) * 16);
    buckets[at] = (buckets[at] ?? 0) + 1;
  }
  for (const count of buckets) assert.ok(Math.abs(count - 1000) < 150, buckets.join(' '));
});
