/**
 * The REST face of `trips`, by which other services quote, make and cancel trips. Making one is done once for its
 * `Idempotency-Key`, and a driver drives one at a time.
 */
import type { Dataset } from '../data/dataset.ts';
import type { Trip, TripStatus } from '../data/types.ts';
import { type Answer, Problem } from '../http/problem.ts';
import { integerParam, requiredParam } from '../http/query.ts';
import { type RestRoute, restHandler } from '../http/rest.ts';
import type { RequestHandler } from '../http/server.ts';
import type { World } from '../world.ts';
import { keyToClose, requiredKey } from './idempotency.ts';
import { quoteOf, readRideRequest } from './ride-request.ts';
import { tripJson } from './trip-json.ts';

const MAX_TRIPS = 100;
const STATUSES: readonly TripStatus[] = ['REQUESTED', 'UNDER_WAY', 'COMPLETED', 'CANCELLED'];

const ok = (body: unknown): Answer => ({ status: 200, body });

/** `data` is what the service knows, the trips of run time among it. */
export function tripsRest(data: Dataset, world: World): RequestHandler {
  return restHandler([
    { method: 'GET', path: '/quotes', answer: ({ query }) => ok(quoteOf(query, world)) },
    ...readingRoutes(data, world),
    ...writingRoutes(data, world),
  ]);
}

function known(data: Dataset, id: string): Trip {
  const trip = data.trips.get(id);
  if (!trip) throw new Problem(404, `there is no trip '${id}'`);
  return trip;
}

function readingRoutes(data: Dataset, { trips }: World): readonly RestRoute[] {
  return [
    {
      method: 'GET',
      path: '/trips/:id',
      answer: (request) => ok(tripJson(known(data, request.param('id')))),
    },
    {
      method: 'GET',
      path: '/trips',
      answer({ query }) {
        const key = query.get('key');
        if (key !== null) return ok({ trips: [trips.byKey(key) ?? []].flat().map(tripJson) });
        const first = integerParam(query, 'first', 10, MAX_TRIPS);
        const asked = query.get('status');
        const status = STATUSES.find((one) => one.toLowerCase() === asked);
        if (asked !== null && !status) throw new Problem(400, "'status' must be a trip's status");
        const all = data.tripsByUser.get(requiredParam(query, 'rider'));
        const chosen = status ? all.filter((trip) => trip.status === status) : all;
        return ok({ trips: chosen.slice(0, first).map(tripJson) });
      },
    },
  ];
}

function writingRoutes(data: Dataset, world: World): readonly RestRoute[] {
  const { trips, tripKeys } = world;
  const cancel = (trip: Trip): Trip => {
    if (trip.status === 'COMPLETED') throw new Problem(409, `trip '${trip.id}' is completed`);
    if (!trip.ride) throw new Problem(409, `trip '${trip.id}' was not asked for here`);
    tripKeys.close(trip.ride.key);
    return trips.move(trip.id, 'CANCELLED') ?? trip;
  };
  return [
    {
      method: 'POST',
      path: '/trips',
      async answer(request) {
        const key = requiredKey(request);
        const body = await request.json();
        return tripKeys.once(request, 'POST /trips', body, () => {
          const asked = readRideRequest(body, key, world);
          if (trips.isDriving(asked.driver))
            throw new Problem(409, `driver '${asked.driver}' is on another trip`);
          if (trips.isFull) throw new Problem(503, 'the books are full');
          const trip = trips.add(asked);
          return { status: 201, body: tripJson(trip), headers: { location: `/trips/${trip.id}` } };
        });
      },
    },
    {
      method: 'POST',
      path: '/trips/:id/cancel',
      answer: (request) => ok(tripJson(cancel(known(data, request.param('id'))))),
    },
    {
      method: 'POST',
      path: '/cancellations',
      async answer(request) {
        const key = keyToClose(await request.json());
        const trip = trips.byKey(key);
        if (!trip) tripKeys.close(key);
        return ok({ key, trip: trip ? tripJson(cancel(trip)) : null });
      },
    },
  ];
}

/** Every trip of run time, with what it holds of other services. */
export function tripBooks(_data: Dataset, { trips, tripKeys }: World) {
  const all = trips.all();
  const by_status = { requested: 0, under_way: 0, completed: 0, cancelled: 0 };
  const rows = all.map((trip) => {
    const { id, key, status, rider, driver, reservation, payment, account, fare } = tripJson(trip);
    return { id, key, status, rider, driver, reservation, payment, account, fare };
  });
  for (const { status } of all) {
    if (status === 'REQUESTED') by_status.requested++;
    else if (status === 'UNDER_WAY') by_status.under_way++;
    else if (status === 'COMPLETED') by_status.completed++;
    else by_status.cancelled++;
  }
  return { trips: rows, by_status, closed_keys: tripKeys.closed };
}
