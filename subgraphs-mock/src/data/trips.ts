/** Trips: rides, and deliveries of orders. The first six hundred go round the users in turn. */
import { minutesAgo } from './people.ts';
import type { SeededRandom } from './random.ts';
import type { Driver, Location, Order, Trip, TripStatus, User } from './types.ts';
import { CITY_CENTRES, STREETS } from './words.ts';

const TRIP_COUNT = 1000;
const MINUTES_BETWEEN_TRIPS = 257;
const METERS_PER_DEGREE = 111_000;

function place(random: SeededRandom, city: string): Location {
  const [latitude, longitude] = CITY_CENTRES[city] ?? [52.52, 13.405];
  const round = (value: number) => Math.round(value * 100_000) / 100_000;
  return {
    label: `${random.pick(STREETS)}, ${city}`,
    latitude: round(latitude + (random.next() - 0.5) * 0.1),
    longitude: round(longitude + (random.next() - 0.5) * 0.1),
  };
}

function pathBetween(random: SeededRandom, from: Location, to: Location): [number, number][] {
  const points = random.integer(3, 8);
  const path: [number, number][] = [];
  for (let i = 0; i <= points; i++) {
    const part = i / points;
    const latitude = from.latitude + (to.latitude - from.latitude) * part;
    const longitude = from.longitude + (to.longitude - from.longitude) * part;
    path.push([Math.round(latitude * 10_000) / 10_000, Math.round(longitude * 10_000) / 10_000]);
  }
  return path;
}

function statusOf(random: SeededRandom, n: number): TripStatus {
  if (n > TRIP_COUNT - 20) return random.pick(['REQUESTED', 'UNDER_WAY']);
  return random.next() < 0.05 ? 'CANCELLED' : 'COMPLETED';
}

const DISPATCH_AFTER_MS = 20 * 60_000;

/** In order of time: a higher id was requested later. Every third trip delivers an order, each order at most once. */
export function generateTrips(
  random: SeededRandom,
  users: readonly User[],
  drivers: readonly Driver[],
  orders: readonly Order[],
): Trip[] {
  const usersById = new Map(users.map((user) => [user.id, user]));
  const delivered = orders.filter((order) => order.status === 'DELIVERED' || order.status === 'ON_THE_WAY');
  const trips: Trip[] = [];
  for (let n = 1; n <= TRIP_COUNT; n++) {
    const order = n % 3 === 0 ? delivered[(n / 3) * 5] : undefined;
    const inTurn = n <= users.length * 3 ? users[(n - 1) % users.length] : random.pick(users);
    const user = (order ? usersById.get(order.userId) : inTurn) ?? random.pick(users);
    const pickup = place(random, user.city);
    const dropoff = place(random, user.city);
    const status = order?.status === 'DELIVERED' ? 'COMPLETED' : order ? 'UNDER_WAY' : statusOf(random, n);
    const distanceMeters = Math.round(
      Math.hypot(dropoff.latitude - pickup.latitude, dropoff.longitude - pickup.longitude) *
        METERS_PER_DEGREE,
    );
    trips.push({
      __typename: 'Trip',
      id: '',
      kind: order ? 'DELIVERY' : 'RIDE',
      status,
      requestedAt: order
        ? new Date(Date.parse(order.placedAt) + DISPATCH_AFTER_MS).toISOString()
        : minutesAgo((TRIP_COUNT - n) * MINUTES_BETWEEN_TRIPS + random.integer(1, 240)),
      userId: user.id,
      driverId: status === 'REQUESTED' ? null : random.pick(drivers).id,
      pickup,
      dropoff,
      path: pathBetween(random, pickup, dropoff),
      distanceMeters,
      durationSeconds: 120 + Math.round(distanceMeters / 7),
      fare: { amount: 320 + Math.round(distanceMeters * 0.18), currency: 'EUR' },
      orderId: order?.id ?? null,
    });
  }
  trips.sort((a, b) => (a.requestedAt < b.requestedAt ? -1 : 1));
  return trips.map((trip, i) => ({ ...trip, id: `t${i + 1}` }));
}
