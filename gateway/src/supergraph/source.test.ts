import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainReason } from './source.ts';

test('a reason is what an error says, and anything else as text', () => {
  assert.equal(plainReason(new TypeError('so')), 'so');
  assert.equal(plainReason('so'), 'so');
});
