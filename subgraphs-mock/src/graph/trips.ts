/** The subgraph `trips`: rides and deliveries. A user's tier, for the discount, the gateway brings. */
import { DISCOUNT_PERCENT } from '../data/quote.ts';
import { progressOf, timelineOf } from '../data/trip-progress.ts';
import type { Driver, Money, Order, Trip, TripStatus, User } from '../data/types.ts';
import { badUserInput, type PageArgs, page } from './arguments.ts';
import { type GraphContext, keyOf, type SubgraphModule } from './module.ts';

const MAX_TRIPS = 100;

type TripsArgs = PageArgs & { readonly status?: TripStatus | null };

function pageOfTrips(trips: readonly Trip[], args: TripsArgs): readonly Trip[] {
  const { status } = args;
  return page(status ? trips.filter((trip) => trip.status === status) : trips, args, 10, MAX_TRIPS);
}

function earned({ id }: Driver, _: unknown, { data }: GraphContext): Money {
  let amount = 0;
  for (const trip of data.tripsByDriver.get(id)) if (trip.status === 'COMPLETED') amount += trip.fare.amount;
  return { amount, currency: 'EUR' };
}

export const trips: SubgraphModule = {
  name: 'trips',
  resolvers: {
    Query: {
      trip: (_: unknown, { id }: { id: string }, { data }) => data.trips.get(id) ?? null,
      latestTrips: (_: unknown, args: TripsArgs, { data }) => pageOfTrips(data.newestTrips, args),
      driverZones: (_: unknown, __: unknown, { data }) => data.driversByZone,
    },
    Trip: {
      rider: ({ userId }: Trip, _: unknown, { data }) => data.users.get(userId) ?? null,
      driver: ({ driverId }: Trip, _: unknown, { data }) =>
        driverId === null ? null : (data.drivers.get(driverId) ?? null),
      order: ({ orderId }: Trip, _: unknown, { data }) =>
        orderId === null ? null : (data.orders.get(orderId) ?? null),
      progress: progressOf,
      timeline: timelineOf,
      vehicleClass: ({ ride }: Trip) => ride?.vehicleClass ?? null,
      payment: ({ ride }: Trip) => ride?.payment ?? null,
      account: ({ ride }: Trip) => ride?.account ?? null,
      costCenter: ({ ride }: Trip) => ride?.costCenter ?? null,
    },
    User: {
      trips: ({ id }: User, args: TripsArgs, { data }) => pageOfTrips(data.tripsByUser.get(id), args),
      tripCount: ({ id }: User, _: unknown, { data }) => data.tripsByUser.get(id).length,
      // Reads nothing but what `@requires` names. Without it the look-up fails, and with it the field.
      rideDiscountPercent: ({ tier }: Pick<User, 'tier'>) => DISCOUNT_PERCENT[tier],
    },
    Driver: {
      trips: ({ id }: Driver, args: PageArgs, { data }) =>
        page(data.tripsByDriver.get(id), args, 10, MAX_TRIPS),
      tripCount: ({ id }: Driver, _: unknown, { data }) => data.tripsByDriver.get(id).length,
      earned,
    },
    Order: {
      delivery: ({ id }: Order, _: unknown, { data }) => data.tripByOrder.get(id) ?? null,
    },
  },
  subscriptions: {
    tripUpdated({ id }: { id: string }, { data, feed, world }) {
      const steps = world.trips.watchNow(id);
      if (steps) return steps.map(({ trip }) => trip);
      const trip = data.trips.get(id);
      if (!trip || !feed) throw badUserInput(`there is no trip ${id}`);
      return feed.watch(trip);
    },
  },
  references: {
    Trip: (reference, { data }) => data.trips.get(keyOf(reference, 'id')) ?? null,
    // The representation itself, which carries what `@requires` asks for.
    User: (reference, { data }) => (data.users.has(keyOf(reference, 'id')) ? reference : null),
    Driver: (reference, { data }) => data.drivers.get(keyOf(reference, 'id')) ?? null,
    // An order that was placed since is not known here; it has no delivery yet.
    Order: (reference) => reference,
  },
};
