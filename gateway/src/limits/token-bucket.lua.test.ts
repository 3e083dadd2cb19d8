import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedWindowLua } from './fixed-window.lua.ts';
import { leakyBucketLua } from './leaky-bucket.lua.ts';
import { slidingLogLua } from './sliding-log.lua.ts';
import { slidingWindowLua } from './sliding-window.lua.ts';
import { tokenBucketLua } from './token-bucket.lua.ts';

// What the parts decide is held equal to the arithmetic in limit-script.test.ts, on a real Redis.

test('no part asks for a clock of its own, and each touches only the key it is given', () => {
  const parts = [tokenBucketLua, leakyBucketLua, fixedWindowLua, slidingWindowLua, slidingLogLua];
  for (const part of parts) {
    assert.doesNotMatch(part, /os\.|'TIME'|ARGV|KEYS/);
    for (const [, key] of part.matchAll(/redis\.call\('\w+', ([\w.]+)/g)) assert.equal(key, 's.key');
    assert.ok(part.includes('look =') && part.includes('draw =') && part.includes('told ='));
  }
});
