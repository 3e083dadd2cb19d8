import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { SilenceWatch } from './silence-watch.ts';

test('counts from what was heard last, not while it is held back, and never once it was stopped', () => {
  const clock = new ManualClock();
  let silent = 0;
  const watch = new SilenceWatch(clock, 100, () => {
    silent += 1;
  });
  clock.advance(60);
  watch.heard();
  clock.advance(60);
  assert.equal(silent, 0);
  watch.pause();
  clock.advance(1000);
  assert.equal(silent, 0);
  watch.heard();
  clock.advance(200);
  assert.equal(silent, 1);
  const stopped = new SilenceWatch(clock, 100, () => assert.fail());
  stopped.stop();
  clock.advance(500);
});
