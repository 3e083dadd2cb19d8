import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { backgroundContext, Fill, type Fills } from './fill.ts';

test('a fill can be joined until it is over; another under its key stays', async () => {
  const fills: Fills = new Map();
  const clock = new ManualClock();
  const first = new Fill(fills, 'a', '/a');
  const waiting = first.join(contextOn(clock));
  assert.equal(fills.get('a'), first);
  const second = new Fill(fills, 'a', '/a');
  first.finish(undefined);
  assert.equal(await waiting.result, undefined);
  assert.equal(fills.get('a'), second);
});

test('given up, it lets the others go, and ends with the one who asked', async () => {
  const clock = new ManualClock();
  const fill = new Fill(new Map(), 'a', '/a');
  const leader = contextOn(clock);
  const waiting = fill.join(leader);
  const settled = Promise.withResolvers<void>();
  fill.giveUp(leader, settled.promise);
  assert.equal(await waiting.result, undefined);
  leader.cancellation.cancel(new Error('left'));
  assert.equal(fill.cancellation.reason?.message, 'left');
});

test('work that nobody waits for has a deadline of its own', () => {
  const clock = new ManualClock();
  const from = contextOn(clock);
  const context = backgroundContext(from, clock, 1_000);
  from.cancellation.cancel(new Error('left'));
  assert.equal(context.cancellation.cancelled, false);
  clock.advance(1_000);
  assert.equal(context.cancellation.cancelled, true);
});
