import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLeased, limitsConfig } from './mode.ts';

test('leased by default; a limit may say otherwise; windows never are', () => {
  assert.deepEqual(limitsConfig.parse(undefined), { mode: 'leased' });
  assert.equal(limitsConfig.safeParse({ mode: 'guessed' }).success, false);
  const bucket = { name: 'p', capacity: 1, refillPerMs: 1 };
  assert.equal(isLeased(bucket, 'leased'), true);
  assert.equal(isLeased(bucket, 'exact'), false);
  assert.equal(isLeased({ ...bucket, mode: 'exact' }, 'leased'), false);
  assert.equal(isLeased({ ...bucket, mode: 'leased' }, 'exact'), true);
  assert.equal(isLeased({ ...bucket, algorithm: 'sliding-window', windowMs: 1 }, 'leased'), false);
});
