import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressRange } from './address-range.ts';

test('a range is read, and a slip in one is told', () => {
  assert.deepEqual(addressRange.parse('10.0.0.0/8'), {
    version: 4,
    words: [0x0a00_0000, 0, 0, 0],
    length: 8,
  });
  const told = addressRange.safeParse('10.0.0.1/8');
  assert.match(told.error?.issues[0]?.message ?? '', /no bits set behind its length.*"10\.0\.0\.1\/8"/);
  assert.equal(addressRange.safeParse(10).success, false);
});
