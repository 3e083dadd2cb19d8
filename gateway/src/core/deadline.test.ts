import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from './abort.ts';
import { Deadline } from './deadline.ts';
import { FrontdeskError } from './errors.ts';
import { ManualClock } from './manual-clock.ts';

test('it can be drawn nearer and never pushed away', () => {
  const clock = new ManualClock();
  const deadline = new Deadline(clock, new Cancellation());
  assert.equal(deadline.remainingMs(), Number.POSITIVE_INFINITY);
  deadline.within(100);
  deadline.within(500);
  assert.equal(deadline.remainingMs(), 100);
  deadline.within(40);
  clock.advance(30);
  assert.equal(deadline.remainingMs(), 10);
  assert.equal(clock.pending, 1);
});

test('past it the exchange is cancelled with deadline_exceeded', () => {
  const clock = new ManualClock();
  const cancellation = new Cancellation();
  const deadline = new Deadline(clock, cancellation);
  deadline.within(100);
  clock.advance(99);
  assert.equal(cancellation.cancelled, false);
  clock.advance(1);
  assert.ok(cancellation.reason instanceof FrontdeskError);
  assert.equal(cancellation.reason.code, 'deadline_exceeded');
  assert.equal(deadline.remainingMs(), 0);
});

test('an ended deadline cancels nothing and leaves no timer', () => {
  const clock = new ManualClock();
  const cancellation = new Cancellation();
  const deadline = new Deadline(clock, cancellation);
  deadline.within(100);
  deadline.end();
  assert.equal(clock.pending, 0);
  clock.advance(200);
  assert.equal(cancellation.cancelled, false);
});
