import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../core/manual-clock.ts';
import { counting } from '../core/testing/counting-meter.ts';
import { Dispatcher, type Taker } from './dispatcher.ts';

class HandTaker implements Taker {
  readonly given: Socket[] = [];
  connections = 0;
  hasRoom = true;
  stalled = false;

  isStalled(): boolean {
    return this.stalled;
  }

  give(socket: Socket): void {
    this.given.push(socket);
    this.connections += 1;
  }
}

function setUp(takers: Taker[], settings: { waiting?: number; waitLimit?: number } = {}) {
  const clock = new ManualClock();
  const { meter, series } = counting();
  const { waiting = 2, waitLimit = 1_000 } = settings;
  const dispatcher = new Dispatcher({ settings: { waiting, waitLimit }, takers: () => takers, clock, meter });
  return { clock, series, dispatcher };
}

test('the one with the fewest gets it, and none that has no room', () => {
  const [busy, idle, full] = [new HandTaker(), new HandTaker(), new HandTaker()];
  busy.connections = 5;
  full.hasRoom = false;
  const { dispatcher } = setUp([busy, idle, full]);
  for (let i = 0; i < 4; i += 1) dispatcher.dispatch(new Socket());
  assert.deepEqual([busy.given.length, idle.given.length, full.given.length], [0, 4, 0]);
});

test('one that stalls gets none while there is another, and some when all do', () => {
  const [stalled, busy] = [new HandTaker(), new HandTaker()];
  stalled.stalled = true;
  busy.connections = 100;
  const { dispatcher } = setUp([stalled, busy]);
  dispatcher.dispatch(new Socket());
  assert.deepEqual([stalled.given.length, busy.given.length], [0, 1]);
  busy.stalled = true;
  dispatcher.dispatch(new Socket());
  assert.equal(stalled.given.length, 1);
});

test('while nobody takes any they wait in their order, so many and so long', () => {
  const taker = new HandTaker();
  taker.hasRoom = false;
  const { dispatcher, clock, series } = setUp([taker]);
  const [first, second, third] = [new Socket(), new Socket(), new Socket()];
  for (const socket of [first, second, third]) dispatcher.dispatch(socket);
  assert.deepEqual([dispatcher.waiting, third.destroyed], [2, true]);
  taker.hasRoom = true;
  dispatcher.flush();
  assert.deepEqual(taker.given, [first, second]);
  taker.hasRoom = false;
  const late = new Socket();
  dispatcher.dispatch(late);
  clock.advance(1_000);
  assert.deepEqual([late.destroyed, dispatcher.waiting, first.destroyed], [true, 0, false]);
  dispatcher.dispatch(new Socket());
  dispatcher.close();
  assert.equal(dispatcher.waiting, 0);
  const refused = (why: string) => series.get(`frontdesk_workers_connections_refused_total{${why}}`);
  assert.deepEqual(['full', 'timeout', 'closing'].map(refused), [1, 1, 1]);
});

test('nobody waits any more when each was taken or has lost patience', async () => {
  const taker = new HandTaker();
  taker.hasRoom = false;
  const { dispatcher, clock } = setUp([taker]);
  await dispatcher.emptied();
  let ends = 0;
  const hold = () => {
    dispatcher.dispatch(new Socket());
    dispatcher.dispatch(new Socket());
    return dispatcher.emptied().then(() => {
      ends += 1;
    });
  };
  const first = hold();
  clock.advance(500);
  await Promise.resolve();
  assert.equal(ends, 0);
  taker.hasRoom = true;
  dispatcher.flush();
  await first;
  assert.deepEqual([ends, taker.given.length], [1, 2]);
  taker.hasRoom = false;
  const second = hold();
  clock.advance(1_000);
  await second;
  assert.deepEqual([ends, taker.given.length], [2, 2]);
});

test('workers that take all they are given never differ by more than one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 60 }), (workers, sockets) => {
      const takers = Array.from({ length: workers }, () => new HandTaker());
      const { dispatcher } = setUp(takers);
      for (let i = 0; i < sockets; i += 1) dispatcher.dispatch(new Socket());
      const counts = takers.map(({ connections }) => connections);
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
    }),
  );
});
