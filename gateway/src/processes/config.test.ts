import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processConfig } from './config.ts';

test('own is all of the defaults', () => {
  const { heartbeat, silence, drainWithin, memory } = processConfig.parse('own');
  assert.deepEqual([heartbeat, silence, drainWithin, memory], [1_000, 5_000, 30_000, undefined]);
  assert.ok(!processConfig.safeParse(true).success);
  assert.ok(!processConfig.safeParse({ silence: '10ms' }).success);
});
