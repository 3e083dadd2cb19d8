import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './manual-clock.ts';
import { Pace } from './pace.ts';

test('a second’s worth at once, then as time gives it', () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, 10);
  for (let i = 0; i < 10; i += 1) assert.equal(pace.take(), true);
  assert.equal(pace.take(), false);
  clock.advance(100);
  assert.equal(pace.take(), true);
  assert.equal(pace.take(), false);
});

test('rest is not saved up beyond a second’s worth', () => {
  const clock = new ManualClock();
  const pace = new Pace(clock, 3);
  clock.advance(60_000);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => pace.take()),
    [true, true, true, false],
  );
});
