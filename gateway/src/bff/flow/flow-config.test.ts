import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowsConfig } from './flow-config.ts';

test('flows have defaults, and bounds', () => {
  assert.deepEqual(flowsConfig.parse(undefined), {
    journal: 'state',
    lease: 15_000,
    keep: 86_400_000,
    undoFor: 600_000,
    maxOpen: 1000,
    keptPerCaller: 10_000,
  });
  assert.deepEqual(flowsConfig.parse({ journal: { file: 'flows.journal' } }).journal, {
    file: 'flows.journal',
  });
  for (const wrong of [
    { lease: '500ms' },
    { lease: '1h' },
    { keep: '1s' },
    { maxOpen: 0 },
    { journal: 'redis' },
    { x: 1 },
  ])
    assert.equal(flowsConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
});
