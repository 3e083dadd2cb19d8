/** One trip: where it is and what it costs, who drives, and its way for the map. */
import { lastGood, z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { TripDriver, TripPath, TripSheet } from '../generated/operations.ts';
import { own } from './own.ts';
import { Driver, Money, Place, TripKind, TripStatus, toDriver } from './values.ts';

const { part, screen } = backends.takes(
  z.object({ id: z.string().min(1).max(64).describe("The trip's id, such as t42") }),
);

const Sheet = z.object({
  id: z.string(),
  kind: TripKind,
  status: TripStatus,
  pickup: Place,
  dropoff: Place,
  distanceMeters: z.int(),
  durationSeconds: z.int(),
  fare: Money,
  progress: z.object({
    percent: z.int(),
    latitude: z.number(),
    longitude: z.number(),
    etaSeconds: z.int().nullable(),
  }),
  timeline: z.array(z.object({ status: TripStatus, at: z.string() })).readonly(),
});

const Driven = z.object({
  driver: Driver.extend({ averageRating: z.number().nullable() }).nullable(),
});

const sheet = part(
  async ({ graph, identity, input }): Promise<z.output<typeof Sheet>> =>
    own((await graph(TripSheet, input)).trip, ({ rider }) => rider.id, identity),
  {
    required: true,
    cache: { for: '2s', staleIfError: '1m' },
    validate: Sheet,
    shape: toSheet,
  },
);

/** Who drives is said once and for all; what others think of them may be a little old. */
const driver = part(
  async ({ graph, identity, input }): Promise<z.output<typeof Driven>> =>
    own((await graph(TripDriver, input)).trip, ({ rider }) => rider.id, identity),
  {
    timeout: '500ms',
    cache: { for: '10s' },
    fallback: lastGood('10m'),
    validate: Driven,
    shape: ({ driver: found }) => found && { ...toDriver(found), averageRating: found.averageRating },
  },
);

const path = part(
  async ({ graph, identity, input }) =>
    own((await graph(TripPath, input)).trip, ({ rider }) => rider.id, identity),
  {
    timeout: '500ms',
    cache: { for: '1m' },
    fallback: lastGood('10m'),
    shape: (found) => found.path,
  },
);

export const trip = screen({
  path: '/trips/{id}',
  field: 'trip',
  scopes: ['trips:read'],
  deadline: '1s',
  parts: { trip: sheet, driver, path },
  examples: {
    ride: {
      summary: 'A ride under way',
      input: { id: 't42' },
      answer: {
        trip: {
          id: 't42',
          kind: 'RIDE',
          status: 'UNDER_WAY',
          pickup: { label: 'Home', latitude: 50.94, longitude: 6.96 },
          dropoff: { label: 'Station', latitude: 50.943, longitude: 6.958 },
          distanceMeters: 2400,
          durationSeconds: 540,
          fare: { amount: 556, currency: 'EUR' },
          position: { percent: 40, latitude: 50.941, longitude: 6.959 },
          etaSeconds: 300,
          timeline: [{ status: 'REQUESTED', at: '2026-01-20T18:30:00.000Z' }],
        },
        driver: { id: 'd6', name: 'Kofi', vehicle: 'Pico', plate: 'FD 1', averageRating: 4.5 },
        path: [
          [50.94, 6.96],
          [50.943, 6.958],
        ],
      },
    },
  },
});

function toSheet({ progress: { etaSeconds, ...position }, ...others }: z.output<typeof Sheet>) {
  return { ...others, position, etaSeconds };
}
