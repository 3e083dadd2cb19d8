/** Before a ride is ordered: where it may begin, by the last one, and who is near there. */
import { GrpcStatusError } from '@frontdesk/gateway/bff';
import { part, screen } from '../backends.ts';
import { LastPickup } from '../generated/operations.ts';
import type { Driver } from '../generated/upstreams/dispatch.ts';

const NEAR_METERS = 10_000;

const pickup = part(
  async ({ graph, identity }) =>
    (await graph(LastPickup, { user: identity.subject })).user?.trips[0]?.pickup ?? null,
);

const driver = part(
  async ({ grpc, use }) => {
    const place = await use('pickup');
    if (!place) return null;
    const near = { latitude: place.latitude, longitude: place.longitude };
    try {
      return await grpc.dispatch.findDriver({ near, withinMeters: NEAR_METERS });
    } catch (error) {
      if (error instanceof GrpcStatusError && error.grpcStatus === 'NOT_FOUND') return null;
      throw error;
    }
  },
  { uses: { pickup }, timeout: '300ms', shape: toTile },
);

export const ride = screen({
  path: '/ride',
  field: 'ride',
  scopes: ['dashboard:read'],
  deadline: '800ms',
  parts: { pickup, driver },
});

function toTile(found: Driver | null) {
  if (!found) return null;
  const { id, name, vehicle, distanceMeters, eta } = found;
  return { id, name, vehicle: vehicle?.model ?? '', distanceMeters, eta: eta ?? null };
}
