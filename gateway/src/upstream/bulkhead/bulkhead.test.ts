import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cancellation } from '../../core/abort.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Bulkhead } from './bulkhead.ts';

const quiet = new Cancellation();

function bulkhead(maxInFlight: number, maxQueue: number, clock = new ManualClock()): Bulkhead {
  return new Bulkhead({ maxInFlight, maxQueue, queueFor: 100 }, clock);
}

const isFull = (error: unknown): boolean => error instanceof FrontdeskError && error.code === 'bulkhead_full';

test('places are given at once, then waited for in order, then refused', async () => {
  const room = bulkhead(1, 2);
  assert.equal(room.enter(quiet), undefined);
  const order: string[] = [];
  const first = room.enter(quiet)?.then(() => order.push('first'));
  const second = room.enter(quiet)?.then(() => order.push('second'));
  assert.equal(room.full, true);
  await assert.rejects(room.enter(quiet) ?? Promise.resolve(), isFull);
  room.leave();
  room.leave();
  await Promise.all([first, second]);
  assert.deepEqual(order, ['first', 'second']);
  assert.equal(room.inFlight, 1);
  room.leave();
  assert.equal(room.inFlight, 0);
});

test('a waiter whose client leaves gives up its place in the queue, with the reason', async () => {
  const clock = new ManualClock();
  const room = bulkhead(1, 1, clock);
  room.enter(quiet);
  const cancellation = new Cancellation();
  const wait = room.enter(cancellation);
  cancellation.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(wait ?? Promise.resolve(), /client closed/i);
  assert.equal(room.queued, 0);
  assert.equal(clock.pending, 0, 'its timer is gone');
  room.leave();
  assert.equal(room.inFlight, 0);
});

test('a waiter is refused when its time is up', async () => {
  const clock = new ManualClock();
  const room = bulkhead(1, 1, clock);
  room.enter(quiet);
  const wait = room.enter(quiet);
  clock.advance(100);
  await assert.rejects(wait ?? Promise.resolve(), isFull);
  assert.equal(room.queued, 0);
});

test('a call that was cancelled before it came to wait does not wait', async () => {
  const clock = new ManualClock();
  const room = bulkhead(1, 1, clock);
  room.enter(quiet);
  const cancelled = new Cancellation();
  cancelled.cancel(new FrontdeskError('client_closed'));
  await assert.rejects(room.enter(cancelled) ?? Promise.resolve(), /client closed/i);
  assert.equal(room.queued, 0);
  assert.equal(clock.pending, 0);
});

test('property: never more in flight than the cap, never more waiting than the queue, nothing leaks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.constantFrom('enter', 'leave', 'cancel', 'time'), { maxLength: 60 }),
      async (maxInFlight, maxQueue, actions) => {
        const clock = new ManualClock();
        const room = bulkhead(maxInFlight, maxQueue, clock);
        let held = 0;
        const waiting = new Set<Cancellation>();
        for (const action of actions) {
          if (action === 'enter') {
            const cancellation = new Cancellation();
            const wait = room.enter(cancellation);
            if (!wait) held += 1;
            else {
              waiting.add(cancellation);
              wait.then(
                () => {
                  held += 1;
                  waiting.delete(cancellation);
                },
                () => waiting.delete(cancellation),
              );
            }
          } else if (action === 'leave' && held > 0) {
            held -= 1;
            room.leave();
          } else if (action === 'cancel') {
            const [one] = waiting;
            one?.cancel(new FrontdeskError('client_closed'));
          } else if (action === 'time') clock.advance(60);
          await Promise.resolve();
          await Promise.resolve();
          await Promise.resolve();
          assert.equal(room.inFlight, held);
          assert.ok(room.inFlight <= maxInFlight);
          assert.ok(room.queued <= maxQueue);
          assert.equal(room.queued, waiting.size);
        }
        clock.advance(1000);
        await new Promise(setImmediate);
        while (held > 0) {
          held -= 1;
          room.leave();
        }
        assert.equal(room.inFlight, 0);
        assert.equal(room.queued, 0);
        assert.equal(clock.pending, 0);
      },
    ),
    { numRuns: 200 },
  );
});

test('whoever sends no more calls learns when the last has left, those who waited included', async () => {
  const room = bulkhead(1, 1);
  await room.whenIdle();
  room.enter(quiet);
  const second = room.enter(quiet);
  let idle = false;
  const done = room.whenIdle().then(() => {
    idle = true;
  });
  room.leave();
  await second;
  assert.equal(idle, false);
  room.leave();
  await done;
});

test('a full queue makes room for the more important, at the cost of whoever came last of the least', async () => {
  const room = bulkhead(1, 2);
  room.enter(quiet);
  const low = room.enter(quiet, 2);
  const lower = room.enter(quiet, 2);
  const refused = assert.rejects(lower ?? Promise.resolve(), isFull);
  assert.equal(room.admits(2), false);
  assert.equal(room.admits(1), true);
  const normal = room.enter(quiet);
  await refused;
  const order: string[] = [];
  const done = [low?.then(() => order.push('low')), normal?.then(() => order.push('normal'))];
  room.leave();
  room.leave();
  await Promise.all(done);
  assert.deepEqual(order, ['normal', 'low']);
});

test('who has waited long enough goes before those who matter more', async () => {
  const clock = new ManualClock();
  const room = bulkhead(1, 4, clock);
  room.enter(quiet);
  const order: string[] = [];
  const low = room.enter(quiet, 2)?.then(() => order.push('low'));
  clock.advance(51);
  const high = room.enter(quiet, 0)?.then(() => order.push('high'));
  room.leave();
  room.leave();
  await Promise.all([low, high]);
  assert.deepEqual(order, ['low', 'high']);
});

test('a limit that falls takes nobody’s place away, and one that rises lets in who waits', async () => {
  const room = bulkhead(3, 3);
  for (let i = 0; i < 3; i += 1) room.enter(quiet);
  room.limit = 1;
  const first = room.enter(quiet);
  const second = room.enter(quiet);
  room.leave();
  room.leave();
  assert.deepEqual([room.inFlight, room.queued], [1, 2], 'places above the limit are not passed on');
  room.limit = 100;
  await Promise.all([first, second]);
  assert.deepEqual([room.inFlight, room.queued, room.limit], [3, 0, 3], 'never above what is configured');
});
