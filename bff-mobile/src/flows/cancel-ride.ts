/**
 * Calls a ride off. There is no way back from it, so the flow is committed as soon as the ride may be called off, and what follows goes
 * forward alone: tried again for as long as it takes, also by whoever takes over from a process that died. Cancelling
 * a trip lets neither its fare nor its driver go, so both follow it.
 */
import { BackendStatusError, refuse, z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { ownRide } from '../rides/own-ride.ts';
import { tellRider } from '../rides/ride-steps.ts';

const CONFLICT = 409;
/** Ten tries, each after twice as long a pause as the one before: more than a minute in all. */
const FORWARD = { optional: true, repeatable: true, retry: 10, timeout: '3m' } as const;

const { step, flow } = backends.takes(z.object({ id: z.string().min(1).max(64) }));

const ride = step(async (doors) => {
  const { id, status, rider, fare, payment, reservation } = await ownRide(doors, doors.input.id);
  if (status === 'completed') {
    throw refuse({ status: 409, title: 'The ride is over', members: { reason: 'rideEnded' } });
  }
  return { id, status, rider, fare, payment, reservation };
});

/** A ride that ended meanwhile stays as it is: nothing is let go. */
const cancelled = step(
  async ({ rest, use }) => {
    const path = { id: use('ride').id };
    try {
      return { status: (await rest.trips.post('/trips/{id}/cancel', { path, idempotent: true })).status };
    } catch (error) {
      if (!(error instanceof BackendStatusError && error.backendStatus === CONFLICT)) throw error;
      return { status: 'completed' as const };
    }
  },
  { uses: { ride }, ...FORWARD },
);

const payment = step(
  async ({ rest, use }) => {
    const { payment: id } = use('ride');
    if (!isOff(use('cancelled')) || id === null) return;
    await rest.fares.post('/authorizations/{id}/void', { path: { id }, idempotent: true });
  },
  { uses: { ride, cancelled }, ...FORWARD },
);

const driver = step(
  async ({ grpc, use }) => {
    const { reservation: name } = use('ride');
    if (!isOff(use('cancelled')) || name === null) return;
    await grpc.dispatch.release({ name }, { idempotent: true });
  },
  { uses: { ride, cancelled }, ...FORWARD },
);

const notification = step(
  async (doors) => {
    if (!isOff(doors.use('cancelled'))) return;
    await tellRider(doors, doors.use('ride').rider, 'Your ride is called off', 'You pay nothing for it.');
  },
  { uses: { ride, cancelled }, optional: true, repeatable: true, retry: 2, timeout: '2s' },
);

export const cancelRide = flow({
  path: '/rides/{id}/cancellation',
  field: 'cancelRide',
  scopes: ['rides:order'],
  deadline: '5s',
  steps: [{ ride }, { cancelled }, { payment, driver }, { notification }],
  answer: ({ use }) => ({
    id: use('ride').id,
    // Where the answer leaves before the trip is cancelled, it says so.
    status: use('cancelled')?.status ?? use('ride').status,
    fare: use('ride').fare,
  }),
});

/** Whether the trip was cancelled. Throws where that failed for good, so that what follows is missing too. */
function isOff(done: { readonly status: string } | undefined): boolean {
  if (!done) throw refuse({ title: 'The ride could not be called off' });
  return done.status === 'cancelled';
}
