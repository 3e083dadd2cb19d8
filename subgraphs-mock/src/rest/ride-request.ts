/** What a ride is asked for with: the body of `POST /trips`, and the query of `GET /quotes`. */
import { distanceMeters, MAX_RIDE_METERS, type Place, quoteFor } from '../data/quote.ts';
import type { RideRequest } from '../data/trip-board.ts';
import { type Location, type User, VEHICLE_CLASSES } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { requiredParam } from '../http/query.ts';
import { isRecord } from '../http/request-body.ts';
import type { World } from '../world.ts';

const MAX_TEXT_LENGTH = 255;
const DEFAULT_CLASS = 'compact';

/** Checks a body against what the world knows. Throws a `Problem` that names what is wrong. */
export function readRideRequest(
  body: unknown,
  key: string,
  { users, drivers, organizations }: World,
): RideRequest {
  if (!isRecord(body)) throw new Problem(422, 'the trip must be an object');
  const rider = typeof body.rider === 'string' ? users.get(body.rider) : undefined;
  if (!rider) throw new Problem(422, "'rider' must be a user's id");
  const driver = typeof body.driver === 'string' ? drivers.driver(body.driver) : undefined;
  if (!driver) throw new Problem(422, "'driver' must be a driver's id");
  const account = optionalText(body.account, 'account');
  const costCenter = optionalText(body.cost_center, 'cost_center');
  if (account !== null && !organizations.has(account))
    throw new Problem(422, "'account' must be an organization's id");
  const pickup = location(body.pickup, 'pickup');
  const dropoff = location(body.dropoff, 'dropoff');
  return {
    key,
    rider: rider.id,
    driver: driver.id,
    account,
    costCenter,
    reservation: optionalText(body.reservation, 'reservation'),
    payment: optionalText(body.payment, 'payment'),
    pickup,
    dropoff,
    quote: quoted(pickup, dropoff, body.vehicle_class, rider, 422),
  };
}

/** `?from=52.52,13.40&to=52.53,13.41&class=comfort&rider=42` */
export function quoteOf(query: URLSearchParams, { users }: World) {
  const from = coordinates(query, 'from');
  const to = coordinates(query, 'to');
  const riderId = query.get('rider');
  const rider = riderId === null ? undefined : users.get(riderId);
  if (riderId !== null && !rider) throw new Problem(400, `there is no user '${riderId}'`);
  const quote = quoted(from, to, query.get('class') ?? undefined, rider, 400);
  return {
    vehicle_class: quote.vehicleClass.toLowerCase(),
    distance_meters: quote.distanceMeters,
    duration_seconds: quote.durationSeconds,
    discount_percent: quote.discountPercent,
    fare: quote.fare,
  };
}

function quoted(from: Place, to: Place, vehicleClass: unknown, rider: User | undefined, status: 400 | 422) {
  if (distanceMeters(from, to) > MAX_RIDE_METERS)
    throw new Problem(status, `nobody drives farther than ${MAX_RIDE_METERS} meters`);
  const chosen = VEHICLE_CLASSES.find((known) => known.toLowerCase() === (vehicleClass ?? DEFAULT_CLASS));
  if (!chosen) {
    const known = VEHICLE_CLASSES.map((one) => one.toLowerCase()).join(', ');
    throw new Problem(status, `the vehicle's class must be one of ${known}`);
  }
  return quoteFor(from, to, chosen, rider?.tier);
}

function coordinates(query: URLSearchParams, name: string): Place {
  const [latitude, longitude, ...more] = requiredParam(query, name).split(',').map(Number);
  if (!isPlace(latitude, longitude) || more.length > 0)
    throw new Problem(400, `'${name}' must be a latitude and a longitude, such as 52.52,13.405`);
  return { latitude: Number(latitude), longitude: Number(longitude) };
}

function location(value: unknown, name: string): Location {
  const { label, latitude, longitude } = isRecord(value) ? value : {};
  const text = optionalText(label, `${name}.label`);
  if (text === null || !isPlace(latitude, longitude))
    throw new Problem(422, `'${name}' must have a label, a latitude and a longitude`);
  return { label: text, latitude: Number(latitude), longitude: Number(longitude) };
}

function isPlace(latitude: unknown, longitude: unknown): boolean {
  const within = (value: unknown, limit: number) => typeof value === 'number' && Math.abs(value) <= limit;
  return within(latitude, 90) && within(longitude, 180);
}

function optionalText(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH) return value;
  throw new Problem(422, `'${name}' must be a text of 1 to ${MAX_TEXT_LENGTH} characters`);
}
