import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GrpcStatusError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { quote } from './quote.ts';

const fare = { amount: 687, currency: 'EUR' };
const answers = {
  'trips GET /quotes': () => ({
    vehicle_class: 'comfort',
    distance_meters: 1160,
    duration_seconds: 286,
    discount_percent: 10,
    fare,
  }),
  'dispatch findDriver': () => {
    throw new GrpcStatusError('dispatch', 'FindDriver', { code: 5, name: 'NOT_FOUND', message: '' });
  },
};
const input = {
  fromLatitude: 50.94,
  fromLongitude: 6.96,
  toLatitude: 50.95,
  toLongitude: 6.97,
  vehicleClass: 'comfort',
  rider: '8',
};

describe('a quote', () => {
  it('is the price, and nobody where nobody is near', async () => {
    const { values, incomplete } = await testScreen(quote, { answers, identity: { subject: '7' }, input });
    const price = {
      vehicleClass: 'comfort',
      distanceMeters: 1160,
      durationSeconds: 286,
      discountPercent: 10,
      fare,
    };
    assert.deepEqual(values, { price, driver: null });
    assert.deepEqual(incomplete, []);
  });

  it('takes off what the asking person has earned, and for an application what its rider has', async () => {
    const riderFor = async (identity: object) => {
      const { calls } = await testScreen(quote, { answers, identity, input });
      const { query } = Object(calls.find(({ part }) => part === 'price')?.input);
      return query.rider;
    };
    assert.equal(await riderFor({ subject: '7' }), '7');
    assert.equal(await riderFor({ subject: 'acme', consumer: 'acme' }), '8');
  });
});
