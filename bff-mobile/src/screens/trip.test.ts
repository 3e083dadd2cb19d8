import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrontdeskError } from '@frontdesk/gateway/bff';
import { testScreen } from '@frontdesk/gateway/bff/testing';
import { trip } from './trip.ts';

const rider = { id: '7' };
const pickup = { label: 'Home', latitude: 50.94, longitude: 6.96 };
const dropoff = { label: 'Station', latitude: 50.943, longitude: 6.958 };
const sheet = {
  id: 't42',
  kind: 'RIDE',
  status: 'UNDER_WAY',
  pickup,
  dropoff,
  distanceMeters: 2400,
  durationSeconds: 540,
  fare: { amount: 556, currency: 'EUR' },
  timeline: [{ status: 'REQUESTED', at: '2026-01-20T18:30:00.000Z' }],
};
const progress = { percent: 40, latitude: 50.941, longitude: 6.959, etaSeconds: 300 };
const driver = { id: 'd6', name: 'Kofi', vehicle: { model: 'Pico', plate: 'FD 1' }, averageRating: null };
const way = [
  [50.94, 6.96],
  [50.943, 6.958],
];
const answers = {
  'graph TripSheet': () => ({ trip: { ...sheet, rider, progress } }),
  'graph TripDriver': () => ({ trip: { rider, driver } }),
  'graph TripPath': () => ({ trip: { rider, path: way } }),
};
type Answers = Readonly<Record<string, (input: unknown) => unknown>>;
const seenBy = (subject: string, given: Answers = {}) =>
  testScreen(trip, { answers: { ...answers, ...given }, identity: { subject }, input: { id: 't42' } });

describe('a trip on the phone', () => {
  it('is where it is, who drives, and its way', async () => {
    const { values, incomplete } = await seenBy('7');
    assert.deepEqual(incomplete, []);
    assert.deepEqual(values, {
      trip: {
        ...sheet,
        position: { percent: 40, latitude: 50.941, longitude: 6.959 },
        etaSeconds: 300,
      },
      driver: { id: 'd6', name: 'Kofi', vehicle: 'Pico', plate: 'FD 1', averageRating: null },
      path: way,
    });
  });

  it("of somebody else's is not found, none of its parts either", async () => {
    await assert.rejects(seenBy('8'), { code: 'not_found' });
    const graph = async () => ({ trip: { rider, driver, path: way } });
    const stranger = { identity: { subject: '8' }, input: { id: 't42' }, graph };
    for (const [name, part] of Object.entries(trip.parts)) {
      await assert.rejects(async () => part.resolve(Object(stranger)), { code: 'not_found' }, name);
    }
  });

  it('nobody drives yet', async () => {
    const { values } = await seenBy('7', { 'graph TripDriver': () => ({ trip: { rider, driver: null } }) });
    assert.equal(values.driver, null);
  });

  it('does without driver and way', async () => {
    const down = () => {
      throw new FrontdeskError('upstream_connect');
    };
    const { values, incomplete } = await seenBy('7', { 'graph TripDriver': down, 'graph TripPath': down });
    assert.deepEqual([values.driver, values.path, incomplete], [null, null, ['driver', 'path']]);
  });

  it('has a status that is new to it as OTHER', async () => {
    const { values } = await seenBy('7', {
      'graph TripSheet': () => ({ trip: { ...sheet, rider, progress, status: 'LANDED', kind: 'FLIGHT' } }),
    });
    const { status, kind } = Object(values.trip);
    assert.deepEqual([status, kind], ['OTHER', 'OTHER']);
  });
});
