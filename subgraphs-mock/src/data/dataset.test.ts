import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDataset, generateRecords } from './dataset.ts';

const data = createDataset();

test('the data is as large as it should be, and the same each time', () => {
  assert.equal(data.users.size, 200);
  assert.equal(data.drivers.size, 60);
  assert.equal(data.products.size, 500);
  assert.equal(data.orders.size, 2000);
  assert.equal(data.trips.size, 1000);
  assert.ok(data.reviews.size > 1000);
  const again = generateRecords();
  for (const key of ['users', 'drivers', 'products', 'orders', 'trips', 'reviews'] as const) {
    assert.deepEqual(again[key], [...data[key].values()]);
  }
});

test('user 42 has orders, trips and reviews', () => {
  assert.ok(data.users.has('42'));
  assert.ok(data.ordersByUser.get('42').length >= 3);
  assert.ok(data.tripsByUser.get('42').length >= 3);
  assert.ok(data.reviewsByUser.get('42').length >= 3);
});

test('every reference leads somewhere', () => {
  for (const order of data.orders.values()) {
    assert.ok(data.users.has(order.userId) && data.stores.has(order.storeId), order.id);
    assert.ok(order.items.length > 0);
    for (const item of order.items) assert.equal(data.products.get(item.upc)?.storeId, order.storeId);
  }
  const delivered = new Set<string>();
  for (const trip of data.trips.values()) {
    assert.ok(data.users.has(trip.userId));
    assert.equal(trip.driverId === null, trip.status === 'REQUESTED');
    if (trip.driverId !== null) assert.ok(data.drivers.has(trip.driverId));
    if (trip.orderId !== null) {
      assert.equal(data.orders.get(trip.orderId)?.userId, trip.userId);
      assert.ok(!delivered.has(trip.orderId), 'an order is delivered once');
      delivered.add(trip.orderId);
    }
  }
  assert.ok(delivered.size > 100);
  for (const review of data.reviews.values()) {
    assert.ok(data.users.has(review.userId));
    if ('upc' in review.subject) assert.ok(data.products.has(review.subject.upc));
    else assert.equal(data.trips.get(review.subject.tripId)?.driverId, review.subject.driverId);
  }
  for (const driver of data.drivers.values())
    assert.equal(data.users.get(driver.userId)?.driverId, driver.id);
});

test('lists are newest first', () => {
  const descends = (times: readonly string[]) =>
    times.every((time, i) => i === 0 || time <= (times[i - 1] ?? ''));
  assert.ok(descends(data.ordersByUser.get('42').map((order) => order.placedAt)));
  assert.ok(descends(data.tripsByUser.get('42').map((trip) => trip.requestedAt)));
  assert.ok(descends(data.reviewsByUser.get('42').map((review) => review.createdAt)));
  assert.ok(descends(data.newestOrders.map((order) => order.placedAt)));
});

test('zones hold only drivers who wait, and one zone is empty', () => {
  assert.equal(data.driversByZone.at(-1)?.length, 0);
  assert.ok(data.driversByZone.flat().length > 10);
  assert.ok(data.driversByZone.flat().every((driver) => driver.status === 'ONLINE'));
});

test('what is changed in one data set is changed in that one alone', () => {
  const [one, other] = [createDataset(), createDataset()];
  one.users.delete('42');
  one.newestOrders.shift();
  one.ordersByUser.remove('42', one.ordersByUser.get('42')[0] ?? assert.fail());
  assert.ok(other.users.has('42'));
  assert.deepEqual(other.newestOrders, data.newestOrders);
  assert.deepEqual(other.ordersByUser.get('42'), data.ordersByUser.get('42'));
});
