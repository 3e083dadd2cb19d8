import assert from 'node:assert/strict';
import { it } from 'node:test';
import bff from './index.ts';

it('exports a BFF whose operations stand where the apps look for them', () => {
  assert.equal(bff.name, 'mobile');
  const addresses = [...bff.screens, ...bff.flows, ...bff.live].map(
    ({ kind, path, field }) => `${kind} ${field} ${path}`,
  );
  assert.deepEqual(addresses, [
    'screen dashboard /dashboard',
    'screen order /orders/{id}',
    'screen trip /trips/{id}',
    'screen ride /ride',
    'screen quote /quote',
    'screen rideProgress /rides/{id}',
    'flow requestRide /rides',
    'flow requestCorporateRide /corporate/rides',
    'flow cancelRide /rides/{id}/cancellation',
    'live rideLive /rides/{id}/live',
  ]);
});
