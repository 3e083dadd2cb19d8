/** What ordering a ride does at each backend and how that is taken back: always by the step's key, never by an answer. */
import { BackendStatusError, refuse } from '@frontdesk/gateway/bff';
import type { KeyedDoors } from '../backends.ts';
import type { Authorization } from '../generated/upstreams/fares.ts';
import type { Trip } from '../generated/upstreams/trips.ts';
import type { HeldDriver } from './driver.ts';
import type { RideRequest } from './places.ts';

const PAYMENT_REQUIRED = 402;

/** Who rides, and who pays. */
export interface Payer {
  readonly rider: string;
  /** The user whose money, or in whose name an account's, it is. */
  readonly user: string;
  /** The organization that pays. */
  readonly account?: string;
  readonly costCenter?: string;
}

type Rest = Pick<KeyedDoors, 'rest' | 'key'>;

/** Holds the fare. A payment that is declined is a refusal with `reason`. */
export async function authorizeFare({ rest, key }: Rest, { dropoff, fare }: RideRequest, payer: Payer) {
  const { user, account, costCenter } = payer;
  try {
    const held = await rest.fares.post('/authorizations', {
      headers: { 'Idempotency-Key': key },
      body: {
        user,
        ...fare,
        account: account ?? null,
        cost_center: costCenter ?? null,
        reference: key,
        description: `Ride to ${dropoff.label}`.slice(0, 255),
      },
    });
    return toPayment(held);
  } catch (error) {
    if (!(error instanceof BackendStatusError && error.backendStatus === PAYMENT_REQUIRED)) throw error;
    throw account === undefined
      ? refuse({ status: 402, title: 'The card was declined', members: { reason: 'cardDeclined' } })
      : refuse({ status: 402, title: 'The account may not pay', members: { reason: 'accountRefused' } });
  }
}

/** Lets the fare go, and refuses one that comes later. */
export async function voidFare({ rest, key }: Rest): Promise<void> {
  await rest.fares.post('/voids', { body: { key }, idempotent: true });
}

export async function makeTrip(
  { rest, key }: Rest,
  { pickup, dropoff, vehicleClass }: RideRequest,
  { rider, account, costCenter }: Payer,
  made: { readonly driver: HeldDriver; readonly payment: { readonly id: string } },
) {
  const trip = await rest.trips.post('/trips', {
    headers: { 'Idempotency-Key': key },
    body: {
      rider,
      driver: made.driver.id,
      reservation: made.driver.reservation,
      payment: made.payment.id,
      pickup,
      dropoff,
      vehicle_class: vehicleClass,
      account: account ?? null,
      cost_center: costCenter ?? null,
    },
  });
  return toTrip(trip);
}

/** Cancels the trip, and refuses one that comes later. */
export async function cancelTrip({ rest, key }: Rest): Promise<void> {
  await rest.trips.post('/cancellations', { body: { key }, idempotent: true });
}

export async function tellRider(
  { rest, key }: Rest,
  user: string,
  title: string,
  body: string,
): Promise<void> {
  await rest.notifications.post('/notifications', {
    headers: { 'Idempotency-Key': key },
    body: { user, kind: 'trip', title, body: body.slice(0, 1000) },
  });
}

/** What the caller sees of an ordered ride. */
export function toOrdered(
  trip: ReturnType<typeof toTrip>,
  { id, name, vehicle, plate }: HeldDriver,
  { card }: ReturnType<typeof toPayment>,
) {
  return { ...trip, driver: { id, name, vehicle, plate }, card };
}

function toPayment({ id, card }: Authorization) {
  return { id, card: card && { brand: card.brand, last4: card.last4 } };
}

function toTrip({ id, status, fare, pickup, dropoff, account, cost_center }: Trip) {
  return { id, status, fare, pickup, dropoff, account, costCenter: cost_center };
}
