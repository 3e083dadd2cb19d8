import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLeased, mode } from './mode.ts';

test('a limit says how it is drawn, or the deployment does; windows never are', () => {
  assert.equal(mode.safeParse('guessed').success, false);
  const bucket = { name: 'p', capacity: 1, refillPerMs: 1 };
  assert.equal(isLeased(bucket, 'leased'), true);
  assert.equal(isLeased(bucket, 'exact'), false);
  assert.equal(isLeased({ ...bucket, mode: 'exact' }, 'leased'), false);
  assert.equal(isLeased({ ...bucket, mode: 'leased' }, 'exact'), true);
  assert.equal(isLeased({ ...bucket, algorithm: 'sliding-window', windowMs: 1 }, 'leased'), false);
});
