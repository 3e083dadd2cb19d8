import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError, GrpcStatusError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { ride } from './ride.ts';

const place = { label: 'Home', latitude: 52.52, longitude: 13.4 };
const found = {
  id: 'd1',
  name: 'Ada',
  vehicle: { class: 'BIKE', model: 'Volt', plate: 'X' },
  distanceMeters: 120,
  eta: '15s',
};
const quote = {
  vehicle_class: 'van',
  distance_meters: 900,
  duration_seconds: 250,
  discount_percent: 0,
  fare: { amount: 770, currency: 'EUR' },
};
const answers = {
  'graph LastPickup': () => ({ user: { trips: [{ pickup: place }] } }),
  'dispatch findDriver': () => found,
  'trips GET /quotes': () => quote,
};
const identity = { subject: '7' };

describe('the ride screen', () => {
  it('is the last pickup and who is near it', async () => {
    const { values, calls } = await testScreen(ride, { answers, identity });
    assert.deepEqual(values, {
      pickup: place,
      driver: { id: 'd1', name: 'Ada', vehicle: 'Volt', distanceMeters: 120, eta: '15s' },
      price: null,
    });
    const near = { latitude: 52.52, longitude: 13.4 };
    assert.deepEqual(calls[1], {
      part: 'driver',
      to: 'dispatch findDriver',
      input: { near, withinMeters: 10_000 },
    });
  });

  it('nobody near is an answer; a service that is down is not', async () => {
    const nobody = () => {
      throw new GrpcStatusError('dispatch', 'FindDriver', { code: 5, name: 'NOT_FOUND', message: '' });
    };
    const alone = await testScreen(ride, {
      answers: { ...answers, 'dispatch findDriver': nobody },
      identity,
    });
    assert.deepEqual([alone.values.driver, alone.incomplete], [null, []]);
    const down = () => {
      throw new FrontdeskError('upstream_connect');
    };
    const lost = await testScreen(ride, { answers: { ...answers, 'dispatch findDriver': down }, identity });
    assert.deepEqual([lost.values.driver, lost.incomplete], [null, ['driver']]);
  });

  it('who never rode has no place to look from', async () => {
    const never = { ...answers, 'graph LastPickup': () => ({ user: { trips: [] } }) };
    assert.deepEqual((await testScreen(ride, { answers: never, identity })).values, {
      pickup: null,
      driver: null,
      price: null,
    });
  });

  it('says what it costs to where the caller points', async () => {
    const input = { toLatitude: 52.53, toLongitude: 13.41, vehicleClass: 'van' };
    const { values, calls } = await testScreen(ride, { answers, identity, input });
    assert.deepEqual(values.price, {
      vehicleClass: 'van',
      distanceMeters: 900,
      durationSeconds: 250,
      discountPercent: 0,
      fare: quote.fare,
    });
    const asked = calls.find(({ part }) => part === 'price');
    const query = { from: '52.52,13.4', to: '52.53,13.41', class: 'van', rider: '7' };
    assert.deepEqual(asked?.input, { query });
  });
});
