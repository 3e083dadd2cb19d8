import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestPrefix } from './digest.ts';

test('the prefix is the first six bytes as one number', () => {
  assert.equal(digestPrefix(Buffer.from('0102030405060708', 'hex')), 0x010203040506);
  assert.equal(digestPrefix(Buffer.alloc(32, 0xff)), 2 ** 48 - 1);
});
