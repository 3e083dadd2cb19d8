import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from './errors.ts';
import { Flight } from './flight.ts';
import { ManualClock } from './manual-clock.ts';
import { contextOn } from './testing/exchange.ts';

class Counted extends Flight<string> {
  overs = 0;

  protected override over(): void {
    this.overs += 1;
  }
}

test('everybody gets what came of the work, and nobody may join after', async () => {
  const clock = new ManualClock();
  const flight = new Counted();
  const places = [1, 2].map(() => flight.join(contextOn(clock)));
  flight.finish('done');
  assert.deepEqual(await Promise.all(places.map(({ result }) => result)), ['done', 'done']);
  assert.equal(flight.overs, 1);
  assert.equal(flight.cancellation.cancelled, false);
});

test('a failure is everybody’s', async () => {
  const flight = new Counted();
  const places = [1, 2].map(() => flight.join(contextOn(new ManualClock())));
  const error = new FrontdeskError('overloaded');
  flight.fail(error);
  for (const { result } of places) await assert.rejects(result, error);
});

test('the work is cancelled with the last who leaves, and for no one before', async () => {
  const clock = new ManualClock();
  const flight = new Counted();
  const contexts = [1, 2].map(() => contextOn(clock));
  const [first, second] = contexts.map((context) => flight.join(context));
  const reason = new FrontdeskError('client_closed');
  first?.leave(reason);
  first?.leave(reason);
  await assert.rejects(first?.result ?? Promise.resolve(), reason);
  assert.deepEqual([flight.cancellation.cancelled, flight.overs], [false, 0]);
  contexts[1]?.cancellation.cancel(reason);
  await assert.rejects(second?.result ?? Promise.resolve(), reason);
  assert.deepEqual([flight.cancellation.reason, flight.overs], [reason, 1]);
  // What comes of it then is nobody’s.
  flight.finish('late');
});

test('the deadline is the longest of those who still wait', () => {
  const clock = new ManualClock();
  const flight = new Counted();
  const [short, long] = [100, 900].map((ms) => {
    const context = contextOn(clock);
    context.deadline.within(ms);
    return context;
  });
  assert.ok(short && long);
  flight.join(short).result.catch(() => {});
  const { deadline } = flight.contextFor(short, clock);
  assert.equal(deadline.remainingMs(), 100);
  const other = flight.join(long);
  other.result.catch(() => {});
  assert.equal(deadline.remainingMs(), 900);
  other.leave(new FrontdeskError('client_closed'));
  assert.equal(deadline.remainingMs(), 100);
  clock.advance(100);
  assert.equal(deadline.remainingMs(), 0);
  long.deadline.end();
});
