import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BackendStatusError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { rideProgress } from './ride-progress.ts';

const place = { label: 'A', latitude: 50.94, longitude: 6.96 };
const trip = {
  id: 't1001',
  status: 'under_way',
  rider: '42',
  driver: 'd6',
  account: 'acme',
  pickup: place,
  dropoff: place,
  fare: { amount: 556, currency: 'EUR' },
  progress: { percent: 40, latitude: 50.944, longitude: 6.964, eta_seconds: 120 },
};
const acme = { id: 'acme', applications: ['acme'], members: [] };
const answers = {
  'trips GET /trips/{id}': () => trip,
  'dispatch getDriver': () => ({
    id: 'd6',
    name: 'Kofi',
    vehicle: { class: 'VAN', model: 'Pico', plate: 'FD 1' },
  }),
  'users GET /organizations': () => ({ organizations: [acme] }),
};
const input = { id: 't1001' };
const seenBy = (identity: object, given: Record<string, (input: unknown) => unknown> = answers) =>
  testScreen(rideProgress, { answers: given, identity, input });

describe('the progress of a ride', () => {
  it('is shown to its rider', async () => {
    const { values } = await seenBy({ subject: '42' });
    assert.deepEqual(values, {
      status: 'under_way',
      position: { percent: 40, latitude: 50.944, longitude: 6.964 },
      etaSeconds: 120,
      driver: { id: 'd6', name: 'Kofi', vehicle: 'Pico', plate: 'FD 1' },
      fare: trip.fare,
      pickup: place,
      dropoff: place,
    });
  });

  it('is shown to the application of the organization that pays, and to no other', async () => {
    const { values } = await seenBy({ subject: 'acme', consumer: 'acme' });
    assert.equal(values.status, 'under_way');
    await assert.rejects(seenBy({ subject: 'globex', consumer: 'globex' }), { code: 'not_found' });
    const own = { ...answers, 'trips GET /trips/{id}': () => ({ ...trip, account: null }) };
    await assert.rejects(seenBy({ subject: 'acme', consumer: 'acme' }, own), { code: 'not_found' });
  });

  it("says of a stranger's what it says of none", async () => {
    await assert.rejects(seenBy({ subject: '43' }), { code: 'not_found' });
    const none = () => {
      throw new BackendStatusError('trips', 'GET /trips/{id}', 404);
    };
    const gone = { ...answers, 'trips GET /trips/{id}': none };
    await assert.rejects(seenBy({ subject: '42' }, gone), { code: 'not_found' });
  });
});
