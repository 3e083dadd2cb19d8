import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEAST_PRIORITY, NORMAL_PRIORITY, PRIORITIES } from './priority.ts';

test('less is more: high goes before normal, normal before low, and nothing after low', () => {
  assert.ok(PRIORITIES.high < NORMAL_PRIORITY && NORMAL_PRIORITY < PRIORITIES.low);
  assert.equal(LEAST_PRIORITY, Math.max(...Object.values(PRIORITIES)));
});
