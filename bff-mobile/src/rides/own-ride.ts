/** A ride that the caller may see: its rider's, or one that the account of the asking application's organization pays. */
import { BackendStatusError, FrontdeskError } from '@frontdesk/gateway/bff';
import type { Doors } from '../backends.ts';
import type { Trip } from '../generated/upstreams/trips.ts';
import { organizationOf } from './membership.ts';

const NOT_FOUND = 404;

/** `not_found` where there is none, and where it is somebody else's: nobody learns which. */
export async function ownRide(doors: Pick<Doors, 'rest' | 'identity'>, id: string): Promise<Trip> {
  const trip = await found(doors, id);
  if (trip.rider === doors.identity.subject) return trip;
  if (trip.account !== null) {
    const organization = await organizationOf(doors, trip.rider);
    if (organization?.id === trip.account) return trip;
  }
  throw new FrontdeskError('not_found');
}

async function found({ rest }: Pick<Doors, 'rest'>, id: string): Promise<Trip> {
  try {
    return await rest.trips.get('/trips/{id}', { path: { id } });
  } catch (error) {
    if (error instanceof BackendStatusError && error.backendStatus === NOT_FOUND) {
      throw new FrontdeskError('not_found', { cause: error });
    }
    throw error;
  }
}
