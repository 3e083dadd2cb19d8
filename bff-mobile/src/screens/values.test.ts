import assert from 'node:assert/strict';
import { it } from 'node:test';
import { OrderStatus, TripKind, TripStatus, toDriver } from './values.ts';

it('reads what it does not know as OTHER', () => {
  assert.deepEqual(
    [OrderStatus, TripStatus, TripKind].map((values) => values.parse('TELEPORTED')),
    ['OTHER', 'OTHER', 'OTHER'],
  );
  assert.equal(TripStatus.parse('UNDER_WAY'), 'UNDER_WAY');
});

it('shows a driver by the vehicle to look for', () => {
  const vehicle = { model: 'Pico', plate: 'FD 1' };
  const seen = { id: 'd6', name: 'Kofi', vehicle: 'Pico', plate: 'FD 1' };
  assert.deepEqual(toDriver({ id: 'd6', name: 'Kofi', vehicle }), seen);
});
