/** What a ride costs and who would come, before it is ordered. */
import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { nearestDriver } from '../rides/driver.ts';
import { latitude, longitude, vehicleClass } from '../rides/places.ts';
import { priceOf } from '../rides/price.ts';
import { toTile } from './driver-tile.ts';

const { part, screen } = backends.takes(
  z.object({
    fromLatitude: latitude,
    fromLongitude: longitude,
    toLatitude: latitude,
    toLongitude: longitude,
    vehicleClass,
    rider: z.string().min(1).max(64).optional(),
  }),
);

export const quote = screen({
  path: '/quote',
  field: 'quote',
  scopes: ['rides:order'],
  deadline: '1s',
  parts: {
    price: part(
      (doors) => {
        const { input, identity } = doors;
        const from = { latitude: input.fromLatitude, longitude: input.fromLongitude };
        const to = { latitude: input.toLatitude, longitude: input.toLongitude };
        // A person's own tier is theirs to know, whoever they name.
        const rider = identity.consumer === undefined ? identity.subject : input.rider;
        return priceOf(doors, { from, to, vehicleClass: input.vehicleClass }, rider);
      },
      { required: true },
    ),
    driver: part(
      (doors) => {
        const { fromLatitude, fromLongitude, vehicleClass: wanted } = doors.input;
        return nearestDriver(doors, { latitude: fromLatitude, longitude: fromLongitude }, wanted);
      },
      { timeout: '500ms', shape: toTile },
    ),
  },
});
