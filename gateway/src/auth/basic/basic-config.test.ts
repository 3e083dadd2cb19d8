import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicConfig } from './basic-config.ts';

test('nothing need be said, and what would break a field or the pool is refused', () => {
  assert.deepEqual(basicConfig.parse({}), {
    allowPlain: false,
    realm: 'frontdesk',
    cacheTtl: 60_000,
    maxConcurrent: 2,
    maxQueued: 100,
    maxPerAddress: 10,
  });
  for (const bad of [
    { realm: 'a"b' },
    { realm: 'a\\b' },
    { realm: 'a\r\nb' },
    { realm: 'é' },
    { realm: '' },
    { cacheTtl: '11m' },
    { maxConcurrent: 17 },
    { maxQueued: -1 },
  ]) {
    assert.equal(basicConfig.safeParse(bad).success, false, JSON.stringify(bad));
  }
});
