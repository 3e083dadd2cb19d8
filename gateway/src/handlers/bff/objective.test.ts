import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectiveConfig } from './objective.ts';

test('a promise leaves room to break it, over a time that means something', () => {
  assert.equal(objectiveConfig.parse({ availability: 99 }).onExhausted, 'tell');
  assert.ok(!objectiveConfig.safeParse({ availability: 100 }).success);
  assert.ok(!objectiveConfig.safeParse({ availability: 10 }).success);
  assert.ok(!objectiveConfig.safeParse({ availability: 99, window: '91d' }).success);
  assert.ok(!objectiveConfig.safeParse({ availability: 99, onExhausted: 'shed' }).success);
});
