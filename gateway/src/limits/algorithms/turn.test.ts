import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { isInTime, longestWaitMs, turn } from './turn.ts';

test('a turn comes on the clock; who leaves before takes its timer along', async () => {
  const clock = new ManualClock();
  const context = contextOn(clock);
  const waited = turn(context, clock, 200);
  const left = contextOn(clock);
  const gone = turn(left, clock, 200);
  assert.equal(clock.pending, 2);
  left.cancellation.cancel(new Error('left'));
  await assert.rejects(gone, /left/);
  assert.equal(clock.pending, 1);
  clock.advance(200);
  await waited;
  assert.equal(clock.pending, 0);
  await assert.rejects(turn(left, clock, 200), /left/, 'cancelled before');
  assert.equal(clock.pending, 0);
});

test('a turn past the deadline is too late', () => {
  const clock = new ManualClock();
  const context = contextOn(clock);
  assert.ok(isInTime(context, 10_000));
  context.deadline.within(100);
  assert.ok(isInTime(context, 99));
  assert.ok(!isInTime(context, 100));
  context.deadline.end();
});

test('of several limits the longest wait counts', () => {
  const spec = { name: 'p', capacity: 1, refillPerMs: 1 };
  const waiting = (waitMs: number) => ({
    spec,
    allowed: true,
    remaining: 0,
    resetMs: 0,
    retryAfterMs: 0,
    waitMs,
  });
  assert.equal(longestWaitMs([waiting(3), waiting(7), waiting(0)]), 7);
  assert.equal(longestWaitMs([]), 0);
});
