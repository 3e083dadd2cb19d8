import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { Suspension } from './suspension.ts';

test('five timeouts in a row suspend, an answer between them does not; then one tries at a time', () => {
  const clock = new ManualClock();
  const changes: boolean[] = [];
  const suspension = new Suspension(clock, (suspended) => changes.push(suspended));
  for (let i = 0; i < 4; i += 1) suspension.timedOut();
  suspension.answered();
  for (let i = 0; i < 4; i += 1) suspension.timedOut();
  assert.equal(suspension.admits(), true);
  suspension.timedOut();
  assert.deepEqual([suspension.admits(), changes], [false, [true]]);
  clock.advance(10_000);
  assert.deepEqual([suspension.admits(), suspension.admits()], [true, false]);
  suspension.answered();
  assert.deepEqual([suspension.admits(), changes], [true, [true, false]]);
});
