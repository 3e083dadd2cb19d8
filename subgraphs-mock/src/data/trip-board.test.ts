import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { drained } from './drained.fixture.ts';
import { quoteFor } from './quote.ts';
import { type RideRequest, TripBoard } from './trip-board.ts';
import { progressOf, timelineOf } from './trip-progress.ts';
import type { Trip } from './types.ts';

const pickup = { label: 'Here', latitude: 52.52, longitude: 13.4 };
const dropoff = { label: 'There', latitude: 52.53, longitude: 13.41 };

function ride(key: string, driver = 'd1'): RideRequest {
  return {
    key,
    rider: '42',
    driver,
    reservation: null,
    payment: null,
    account: null,
    costCenter: null,
    pickup,
    dropoff,
    quote: quoteFor(pickup, dropoff, 'COMPACT', undefined),
  };
}

test('a trip moves by itself, place by place, and its driver is free when it has ended', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const board = new TripBoard();
  const { id } = board.add(ride('k'));
  const now = (): Trip => board.get(id) ?? assert.fail();
  assert.deepEqual([now().status, progressOf(now()).percent], ['REQUESTED', 0]);
  const seen = [];
  for (let i = 0; i < 8; i++) {
    assert.ok(board.isDriving('d1'));
    mock.timers.tick(1_000);
    seen.push(`${now().status} ${progressOf(now()).percent}`);
  }
  assert.deepEqual(seen, [
    'UNDER_WAY 0',
    'UNDER_WAY 14',
    'UNDER_WAY 29',
    'UNDER_WAY 43',
    'UNDER_WAY 57',
    'UNDER_WAY 71',
    'UNDER_WAY 86',
    'COMPLETED 100',
  ]);
  assert.ok(!board.isDriving('d1'));
  const { latitude, longitude, etaSeconds } = progressOf(now());
  assert.deepEqual([latitude, longitude, etaSeconds], [dropoff.latitude, dropoff.longitude, null]);
  assert.deepEqual(
    timelineOf(now()).map(({ status }) => status),
    ['REQUESTED', 'UNDER_WAY', 'COMPLETED'],
  );
  mock.timers.tick(10_000);
  assert.equal(now().status, 'COMPLETED');
});

test('everybody sees the same steps, from where they have seen', async () => {
  const board = new TripBoard();
  board.setPace(0);
  const { id } = board.add(ride('k'));
  const early = board.watch(id, 0) ?? assert.fail();
  board.move(id, 'UNDER_WAY');
  const late = board.watch(id, 1) ?? assert.fail();
  const now = board.watchNow(id) ?? assert.fail();
  assert.equal(board.watchers, 3);
  board.move(id, 'CANCELLED');
  board.move(id, 'COMPLETED');
  const steps = async (queue: typeof early) =>
    (await drained(queue)).map(({ step, trip }) => `${step} ${trip.status}`);
  assert.deepEqual(await steps(early), ['1 REQUESTED', '2 UNDER_WAY', '3 CANCELLED']);
  assert.deepEqual(await steps(late), ['2 UNDER_WAY', '3 CANCELLED']);
  assert.deepEqual(await steps(now), ['2 UNDER_WAY', '3 CANCELLED']);
  assert.equal(board.watchers, 0);
  assert.deepEqual(await steps(board.watch(id, 2) ?? assert.fail()), ['3 CANCELLED'], 'also when it is over');
  assert.equal(board.watch('none', 0), undefined);
});

test('a trip is found by its key, and every change is told until nobody wants to know', () => {
  const board = new TripBoard();
  board.setPace(0);
  const told: string[] = [];
  const stop = board.onChange((after, before) => told.push(`${before?.status} ${after.status}`));
  const first = board.add(ride('a'));
  assert.equal(board.byKey('a')?.id, first.id);
  assert.equal(board.byKey('b'), undefined);
  assert.notEqual(board.add(ride('b', 'd2')).id, first.id);
  board.move(first.id, 'CANCELLED');
  stop();
  board.move(board.byKey('b')?.id ?? '', 'CANCELLED');
  assert.deepEqual(told, ['undefined REQUESTED', 'undefined REQUESTED', 'REQUESTED CANCELLED']);
  assert.equal(board.all().length, 2);
});

test('another pace holds for trips under way too', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const board = new TripBoard();
  const { id } = board.add(ride('k'));
  board.setPace(0);
  mock.timers.tick(60_000);
  assert.equal(board.get(id)?.status, 'REQUESTED');
  board.setPace(10);
  mock.timers.tick(10);
  assert.equal(board.get(id)?.status, 'UNDER_WAY');
});

test('a trip that stands still can begin when somebody watches it', () => {
  const board = new TripBoard();
  board.setPace(0);
  const { id } = board.add(ride('k'));
  let began = 0;
  board.whenWatched(() => {
    began += 1;
  });
  board.watch('none', 0);
  assert.equal(began, 0);
  board.watch(id, 0);
  board.watch(id, 0);
  assert.equal(began, 1);
});
