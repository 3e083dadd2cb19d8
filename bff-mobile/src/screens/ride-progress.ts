/** A ride that was ordered, as it stands now: the trip is read once for all of its parts. */
import { z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { toDriver } from '../rides/driver.ts';
import { ownRide } from '../rides/own-ride.ts';

const rideInput = z.object({ id: z.string().min(1).max(64) });
/** For all that is told a ride's id, so that what follows it is told the same. */
export const rideKit = backends.takes(rideInput);
const { part, screen } = rideKit;

const status = part((doors) => ownRide(doors, doors.input.id), {
  required: true,
  shape: (trip) => trip.status,
});

export const rideProgress = screen({
  path: '/rides/{id}',
  field: 'rideProgress',
  scopes: ['rides:order'],
  deadline: '1s',
  parts: {
    status,
    position: part(({ use }) => use('status'), {
      uses: { status },
      shape: ({ progress }) => toPosition(progress),
    }),
    etaSeconds: part(({ use }) => use('status'), {
      uses: { status },
      shape: ({ progress }) => progress.eta_seconds,
    }),
    driver: part(
      async ({ grpc, use }) => {
        const { driver: id } = await use('status');
        return id === null ? null : grpc.dispatch.getDriver({ id });
      },
      { uses: { status }, timeout: '500ms', shape: (driver) => driver && toDriver(driver) },
    ),
    fare: part(({ use }) => use('status'), { uses: { status }, shape: ({ fare }) => fare }),
    pickup: part(({ use }) => use('status'), { uses: { status }, shape: ({ pickup }) => pickup }),
    dropoff: part(({ use }) => use('status'), { uses: { status }, shape: ({ dropoff }) => dropoff }),
  },
});

export function toPosition({
  percent,
  latitude,
  longitude,
}: {
  percent: number;
  latitude: number;
  longitude: number;
}) {
  return { percent, latitude, longitude };
}
