import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { pause } from './pause.ts';

test('it is over in time, or at once when nobody waits any more', async () => {
  const clock = new ManualClock();
  const end = new AbortController();
  const inTime = pause(clock, 100, end.signal);
  clock.advance(100);
  await inTime;
  const early = pause(clock, 100, end.signal);
  end.abort();
  await early;
  await pause(clock, 100, end.signal);
  assert.equal(clock.pending, 0);
});
