import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashTag, keySlot } from './key-slot.ts';

test('slots are those of the Redis Cluster specification', () => {
  assert.equal(keySlot('123456789'), 0x31c3);
  assert.equal(keySlot('foo'), 12_182);
  assert.equal(keySlot('user1000'), keySlot('{user1000}.following'));
});

test('the tag is between the first { and the next }, if there is anything', () => {
  assert.equal(hashTag('a{b}c{d}'), 'b');
  assert.equal(hashTag('foo{}{bar}'), 'foo{}{bar}');
  assert.equal(hashTag('foo{{bar}}zap'), '{bar');
  assert.equal(hashTag('a{b'), 'a{b');
});
