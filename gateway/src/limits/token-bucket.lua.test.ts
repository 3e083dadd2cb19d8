import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenBucketScript } from './token-bucket.lua.ts';

// What the script decides is held equal to the arithmetic in redis-limiter.test.ts, on a real Redis.

test("the script asks for Redis's own clock and for no other", () => {
  assert.match(tokenBucketScript.source, /redis\.call\('TIME'\)/);
  assert.equal(tokenBucketScript.source.match(/os\.|ARGV\[#ARGV\]/), null);
});

test('the script touches only the keys it is given', () => {
  const calls = tokenBucketScript.source.match(/redis\.call\('(GET|SET)', [^,)]+/g);
  assert.deepEqual(calls, ["redis.call('GET', KEYS[i]", "redis.call('SET', KEYS[i]"]);
});
