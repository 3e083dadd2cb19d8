import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createDataset } from './dataset.ts';
import { TripFeed } from './trip-feed.ts';
import type { Trip, TripStatus } from './types.ts';

function tripWith(status: TripStatus): Trip {
  const trip = createDataset().newestTrips.find((candidate) => candidate.status === status);
  assert.ok(trip);
  return trip;
}

async function statusOf(feed: AsyncIterator<Trip>): Promise<TripStatus> {
  const { value, done } = await feed.next();
  assert.ok(!done);
  return value.status;
}

test('a trip that was requested sets out, arrives, and its feed ends', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.after(() => mock.timers.reset());
  const trips = new TripFeed();
  const feed = trips.watch(tripWith('REQUESTED'));
  assert.equal(await statusOf(feed), 'REQUESTED');
  mock.timers.tick(1_000);
  assert.equal(await statusOf(feed), 'UNDER_WAY');
  mock.timers.tick(1_000);
  assert.equal(await statusOf(feed), 'COMPLETED');
  mock.timers.tick(1_000);
  assert.deepEqual(await feed.next(), { done: true, value: undefined });
  assert.equal(trips.watchers, 0);
});

test('a trip that is over is still until something is told of it, and everybody who looks hears it', async () => {
  const trips = new TripFeed();
  const trip = tripWith('COMPLETED');
  const feeds = [trips.watch(trip), trips.watch(trip)];
  for (const feed of feeds) assert.equal(await statusOf(feed), 'COMPLETED');
  trips.tell({ ...trip, status: 'CANCELLED' });
  for (const feed of feeds) assert.equal(await statusOf(feed), 'CANCELLED');
  assert.equal(trips.watchers, 2);
  for (const feed of feeds) await feed.return?.();
  assert.equal(trips.watchers, 0);
});

test('whoever waits when it is ended waits no longer', async () => {
  const feed = new TripFeed().watch(tripWith('COMPLETED'));
  await feed.next();
  const waiting = feed.next();
  await feed.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});
