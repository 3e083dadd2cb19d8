/**
 * Calls a ride off. It goes forward alone: once its cancelling has begun, it is finished, whatever fails or dies meanwhile.
 * Cancelling does not let the fare and the driver go by itself, so both follow.
 */
import { BackendStatusError, refuse, z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { ownRide } from '../rides/own-ride.ts';
import { tellRider } from '../rides/ride-steps.ts';

const CONFLICT = 409;

const { step, flow } = backends.takes(z.object({ id: z.string().min(1).max(64) }));

const ride = step(async (doors) => {
  const { id, status, rider, fare, payment, reservation } = await ownRide(doors, doors.input.id);
  if (status === 'completed') throw ended();
  return { id, rider, fare, payment, reservation };
});

const cancelled = step(
  async ({ rest, use }) => {
    try {
      const { status } = await rest.trips.post('/trips/{id}/cancel', {
        path: { id: use('ride').id },
        idempotent: true,
      });
      return { status };
    } catch (error) {
      if (error instanceof BackendStatusError && error.backendStatus === CONFLICT) throw ended();
      throw error;
    }
  },
  { uses: { ride }, repeatable: true },
);

const payment = step(
  async ({ rest, use }) => {
    const { payment: id } = use('ride');
    if (id !== null) await rest.fares.post('/authorizations/{id}/void', { path: { id }, idempotent: true });
  },
  { uses: { ride }, repeatable: true },
);

const driver = step(
  async ({ grpc, use }) => {
    const { reservation: name } = use('ride');
    if (name !== null) await grpc.dispatch.release({ name });
  },
  { uses: { ride }, repeatable: true },
);

const notification = step(
  (doors) => tellRider(doors, doors.use('ride').rider, 'Your ride is called off', 'You pay nothing for it.'),
  { uses: { ride }, optional: true, repeatable: true, retry: 2, timeout: '2s' },
);

export const cancelRide = flow({
  path: '/rides/{id}/cancellation',
  field: 'cancelRide',
  scopes: ['rides:order'],
  deadline: '5s',
  steps: [{ ride }, { cancelled }, { payment, driver }, { notification }],
  answer: ({ use }) => ({ id: use('ride').id, status: use('cancelled').status, fare: use('ride').fare }),
});

function ended() {
  return refuse({ status: 409, title: 'The ride is over', members: { reason: 'rideEnded' } });
}
