import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionsConfig } from './telling-config.ts';

test('by default the cost may be told, and nothing of the inside', () => {
  assert.deepEqual(extensionsConfig.parse(undefined), { cost: true, plan: false, timeline: false });
  assert.ok(!extensionsConfig.safeParse({ everything: true }).success);
});
