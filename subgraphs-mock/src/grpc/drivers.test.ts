import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createDataset } from '../data/dataset.ts';
import { DriverBoard, placeOf, type Reservation } from './drivers.ts';

const { drivers } = createDataset();
const HOLD_MS = 60_000;

function held(outcome: ReturnType<DriverBoard['reserve']>): Reservation {
  if (typeof outcome === 'string') assert.fail(outcome);
  return outcome;
}

test('a request holds one driver, and none once it was let go', () => {
  const board = new DriverBoard(drivers, () => false);
  const first = held(board.reserve('d1', 'a', HOLD_MS));
  assert.equal(board.reserve('d1', 'a', HOLD_MS), first);
  assert.equal(board.reserve('d2', 'a', HOLD_MS), 'other driver');
  assert.equal(board.reserve('d1', 'b', HOLD_MS), 'taken');
  board.release(first.name);
  board.release(first.name);
  assert.equal(board.reserve('d1', 'a', HOLD_MS), 'closed', 'a repetition that is late holds nobody');
  held(board.reserve('d1', 'b', HOLD_MS));
  assert.deepEqual(
    { ...board.books(), reservations: [] },
    {
      reservations: [],
      made: 2,
      released: 1,
      expired: 0,
      closed_requests: 1,
    },
  );
});

test('whoever never heard of the reservation lets go by the request, before it comes too', () => {
  const board = new DriverBoard(drivers, () => false);
  held(board.reserve('d1', 'a', HOLD_MS));
  board.releaseRequest('a');
  board.releaseRequest('b');
  assert.deepEqual(board.books().reservations, []);
  assert.equal(board.reserve('d1', 'b', HOLD_MS), 'closed');
});

test('a hold ends by itself, and its request may hold again', (t) => {
  mock.timers.enable({ apis: ['Date'] });
  t.after(() => mock.timers.reset());
  const board = new DriverBoard(drivers, () => false);
  const first = held(board.reserve('d1', 'a', HOLD_MS));
  mock.timers.tick(HOLD_MS);
  assert.notEqual(held(board.reserve('d1', 'a', HOLD_MS)).name, first.name);
  mock.timers.tick(HOLD_MS);
  const { reservations, expired } = board.books();
  assert.deepEqual([reservations, expired], [[], 2]);
});

test('who is held or on a trip is not found', () => {
  const online = drivers.values().find(({ status }) => status === 'ONLINE') ?? assert.fail();
  const near = placeOf(online);
  const driving = new Set<string>();
  const board = new DriverBoard(drivers, (id) => driving.has(id));
  assert.equal(board.nearest(near, [], 100)?.id, online.id);
  driving.add(online.id);
  assert.notEqual(board.nearest(near, [], 100)?.id, online.id);
  assert.equal(board.reserve(online.id, 'a', HOLD_MS), 'taken');
  driving.clear();
  held(board.reserve(online.id, 'a', HOLD_MS));
  assert.notEqual(board.nearest(near, [], 100)?.id, online.id);
});
