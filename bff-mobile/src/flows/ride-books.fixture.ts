/** Backends of the ride with books of their own, for tests: what is there by key, and which keys are closed. */
import { fakeBackends, grpcStatus, status } from '@frontdesk/gateway/bff/testing';
import { backends } from '../backends.ts';

const FARE = { amount: 556, currency: 'EUR' } as const;
const PLACE = { label: 'Zoo', latitude: 50.95, longitude: 6.97 };
const ACME = {
  id: 'acme',
  name: 'Acme',
  status: 'active',
  applications: ['acme'],
  budget: { amount: 100_000, currency: 'EUR' },
  cost_centers: [{ id: 'sales', name: 'Sales' }],
  members: [
    { user: '42', role: 'booker', cost_center: 'sales', may_order: true },
    { user: '8', role: 'rider', cost_center: 'sales', may_order: false },
  ],
} as const;

export const ORDER = {
  pickup: { label: 'Cathedral', latitude: 50.94, longitude: 6.96 },
  dropoff: PLACE,
  fare: FARE,
};

interface Held {
  readonly driver?: string;
  readonly user?: string;
}

/** `taken`: so many drivers are taken between the question for them and their hold. `declined`: every payment is. */
export function rideBooks({ taken = 0, declined = false }: { taken?: number; declined?: boolean } = {}) {
  const there = new Map<string, Held>();
  const closed = new Set<string>();
  const told: unknown[] = [];
  let found = 0;
  const close = (key = '') => {
    closed.add(key);
    there.delete(key);
  };
  const trip = (id: string) => ({
    id,
    key: id,
    status: 'requested' as const,
    rider: '42',
    driver: 'd1',
    reservation: 'reservations/1',
    payment: 'pa_1',
    account: null,
    cost_center: null,
    vehicle_class: 'compact' as const,
    pickup: ORDER.pickup,
    dropoff: PLACE,
    path: [],
    distance_meters: 1312,
    duration_seconds: 307,
    fare: FARE,
    requested_at: '2026-06-01T12:00:00.000Z',
    progress: { percent: 0, latitude: 50.94, longitude: 6.96, eta_seconds: 307 },
    timeline: [],
  });
  const fakes = fakeBackends(backends, {
    users: {
      get: {
        '/users': () => status(500),
        '/users/{id}': ({ path: { id } }) => ({
          id,
          username: 'ada',
          name: 'Ada',
          email: 'ada@example.org',
          city: 'Cologne',
          tier: 'bronze',
          roles: ['customer'],
          avatar_url: null,
          member_since: '2020-01-01T00:00:00.000Z',
          addresses: [],
        }),
        '/organizations': ({ query }) => ({
          organizations: ACME.members.some(({ user }) => user === query.user) ? [ACME] : [],
        }),
      },
    },
    trips: {
      get: {
        '/quotes': () => ({
          vehicle_class: 'compact',
          distance_meters: 1312,
          duration_seconds: 307,
          discount_percent: 0,
          fare: FARE,
        }),
      },
      post: {
        '/trips': ({ headers, body }) => {
          const key = headers['idempotency-key'] ?? '';
          if (closed.has(key)) return status(409);
          there.set(key, { driver: body.driver, user: body.rider });
          return { ...trip('t1001'), account: body.account ?? null, cost_center: body.cost_center ?? null };
        },
        '/cancellations': ({ body: { key } }) => {
          close(key);
          return { key, trip: null };
        },
      },
    },
    fares: {
      post: {
        '/authorizations': ({ headers, body }) => {
          const key = headers['idempotency-key'] ?? '';
          if (closed.has(key)) return status(409);
          if (declined) return status(402);
          there.set(key, { user: body.user });
          return {
            id: 'pa_1',
            key,
            user: body.user,
            account: body.account ?? null,
            cost_center: body.cost_center ?? null,
            reference: key,
            amount: FARE,
            captured: { amount: 0, currency: 'EUR' },
            status: 'authorized',
            charge: null,
            description: 'Ride',
            card: body.account ? null : { brand: 'visa', last4: '4242' },
            created_at: '2026-06-01T12:00:00.000Z',
          };
        },
        '/voids': ({ body: { key } }) => {
          close(key);
          return { key, authorization: null };
        },
      },
    },
    notifications: {
      post: {
        '/notifications': ({ body }) => {
          told.push(body);
          const kind = body.kind ?? 'message';
          return { ...body, id: 'n1', kind, read: false, created_at: '2026-06-01T12:00:00.000Z' };
        },
      },
    },
    dispatch: {
      findDriver: () => {
        found += 1;
        return {
          id: `d${found}`,
          name: 'Kofi',
          vehicle: { class: 'COMPACT', model: 'Pico', plate: 'FD 1' },
          distanceMeters: 645,
          odometer: '1000',
        };
      },
      reserve: ({ driverId = '', requestId = '' }) => {
        if (closed.has(requestId)) throw grpcStatus('FAILED_PRECONDITION');
        if (found <= taken) throw grpcStatus('ALREADY_EXISTS');
        there.set(requestId, { driver: driverId });
        return { name: 'reservations/1', driverId };
      },
      release: ({ requestId = '' }) => {
        close(requestId);
        return {};
      },
    },
  });
  return { fakes, there, closed, told };
}
