/** One order: what it is at once, who brings it and what was paid as far as they can be had. */
import { lastGood, z } from '@frontdesk/gateway/bff';
import { backends } from '../backends.ts';
import { OrderDelivery, OrderSheet } from '../generated/operations.ts';
import type { Charge } from '../generated/upstreams/payments.ts';
import { own } from './own.ts';
import { Driver, Money, OrderStatus, TripStatus, toDriver } from './values.ts';

const { part, screen } = backends.takes(
  z.object({ id: z.string().min(1).max(64).describe("The order's id, such as o42") }),
);

const Sheet = z.object({
  id: z.string(),
  number: z.string(),
  status: OrderStatus,
  placedAt: z.string(),
  total: Money,
  store: z.object({ name: z.string() }),
  items: z
    .array(
      z.object({
        quantity: z.int(),
        total: Money,
        product: z.object({ upc: z.string(), name: z.string() }),
      }),
    )
    .readonly(),
});

const Brought = z.object({
  delivery: z
    .object({
      id: z.string(),
      status: TripStatus,
      progress: z.object({ percent: z.int(), etaSeconds: z.int().nullable() }),
      driver: Driver.nullable(),
    })
    .nullable(),
});

const sheet = part(
  async ({ graph, identity, input }): Promise<z.output<typeof Sheet>> =>
    own((await graph(OrderSheet, input)).order, ({ customer }) => customer.id, identity),
  {
    required: true,
    cache: { for: '5s', staleIfError: '10m' },
    validate: Sheet,
    shape: toSheet,
  },
);

const delivery = part(
  async ({ graph, identity, input }): Promise<z.output<typeof Brought>> =>
    own((await graph(OrderDelivery, input)).order, ({ customer }) => customer.id, identity),
  {
    timeout: '500ms',
    cache: { for: '5s' },
    fallback: lastGood('2m'),
    validate: Brought,
    shape: toDelivery,
  },
);

/** The payment service knows itself whose a charge is. */
const charges = part(
  async ({ rest, identity, input }) => {
    const answer = await rest.payments.get('/charges', { query: { order: input.id } });
    return answer.charges.filter(({ user }) => user === identity.subject);
  },
  {
    timeout: '500ms',
    scopes: ['payments:read'],
    cache: { for: '30s' },
    fallback: lastGood('10m'),
    shape: (all) => all.map(toCharge),
  },
);

export const order = screen({
  path: '/orders/{id}',
  field: 'order',
  scopes: ['orders:read'],
  deadline: '1s',
  parts: { order: sheet, delivery, charges },
  examples: {
    underWay: {
      summary: 'On its way',
      input: { id: 'o42' },
      answer: {
        order: {
          id: 'o42',
          number: 'FD-100042',
          status: 'ON_THE_WAY',
          placedAt: '2026-01-20T18:30:00.000Z',
          total: { amount: 498, currency: 'EUR' },
          store: 'Corner Store',
          items: [{ upc: 'p31', name: 'Fresh Bagel', quantity: 2, total: { amount: 498, currency: 'EUR' } }],
        },
        delivery: {
          id: 't7',
          status: 'UNDER_WAY',
          percent: 40,
          etaSeconds: 300,
          driver: { id: 'd6', name: 'Kofi', vehicle: 'Pico', plate: 'FD 1' },
        },
        charges: [
          {
            id: 'ch_42',
            amount: { amount: 498, currency: 'EUR' },
            refunded: { amount: 0, currency: 'EUR' },
            status: 'succeeded',
            card: { brand: 'visa', last4: '9598' },
          },
        ],
      },
    },
  },
});

function toSheet({ id, number, status, placedAt, total, store, items }: z.output<typeof Sheet>) {
  return {
    id,
    number,
    status,
    placedAt,
    total,
    store: store.name,
    items: items.map(({ quantity, total, product }) => ({ ...product, quantity, total })),
  };
}

function toDelivery({ delivery }: z.output<typeof Brought>) {
  if (!delivery) return null;
  const { id, status, progress, driver } = delivery;
  return { id, status, ...progress, driver: driver && toDriver(driver) };
}

function toCharge({ id, amount, refunded, status, card }: Charge) {
  return { id, amount, refunded, status, card };
}
