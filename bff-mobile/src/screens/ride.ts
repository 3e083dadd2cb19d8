/** Before a ride is ordered: where it may begin, by the last one, who is near there, and what it costs to where it may go. */
import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { LastPickup } from '../generated/operations.ts';
import { nearestDriver } from '../rides/driver.ts';
import { latitude, longitude, vehicleClass } from '../rides/places.ts';
import { priceOf } from '../rides/price.ts';
import { toTile } from './driver-tile.ts';

const { part, screen } = backends.takes(
  z.object({ toLatitude: latitude.optional(), toLongitude: longitude.optional(), vehicleClass }),
);

const pickup = part(
  async ({ graph, identity }) =>
    (await graph(LastPickup, { user: identity.subject })).user?.trips[0]?.pickup ?? null,
);

const driver = part(
  async (doors) => {
    const place = await doors.use('pickup');
    return place && nearestDriver(doors, place);
  },
  { uses: { pickup }, timeout: '300ms', shape: toTile },
);

const price = part(
  async (doors) => {
    const { toLatitude, toLongitude, vehicleClass: wanted } = doors.input;
    if (toLatitude === undefined || toLongitude === undefined) return null;
    const from = await doors.use('pickup');
    if (!from) return null;
    const to = { latitude: toLatitude, longitude: toLongitude };
    return priceOf(doors, { from, to, vehicleClass: wanted }, doors.identity.subject);
  },
  { uses: { pickup }, timeout: '300ms' },
);

export const ride = screen({
  path: '/ride',
  field: 'ride',
  scopes: ['dashboard:read'],
  deadline: '800ms',
  parts: { pickup, driver, price },
});
