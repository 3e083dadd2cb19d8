/** What tests of flows share: a ride over three backends that keep books. */
import { defineBackends, json, refuse, z } from '../bff/index.ts';
import { type FakeBackends, fakeBackends, status } from './index.ts';

interface Authorization {
  readonly id: string;
}
interface Trip {
  readonly id: string;
}
type Keyed = { readonly headers: { readonly 'Idempotency-Key': string } };
export const kit = defineBackends({
  payments: {
    post: {
      '/authorizations': json<Authorization, Keyed & { readonly body: { readonly amount: number } }>(),
      '/voids': json<{ readonly key: string }, { readonly body: { readonly key: string } }>(),
    },
  },
  trips: {
    post: {
      '/trips': json<Trip, Keyed & { readonly body: { readonly payment: string } }>(),
      '/cancellations': json<{ readonly key: string }, { readonly body: { readonly key: string } }>(),
    },
  },
  notifications: { post: { '/notifications': json<{ readonly id: string }, { readonly body: unknown }>() } },
});
export const { step, flow } = kit.takes(z.object({ amount: z.number().default(500) }));

const payment = step(
  async ({ rest, input, key }) => {
    if (input.amount > 900) throw refuse({ status: 402, title: 'Too much' });
    const headers = { 'Idempotency-Key': key };
    return rest.payments.post('/authorizations', { headers, body: { amount: input.amount } });
  },
  { undo: ({ rest, key }) => rest.payments.post('/voids', { body: { key } }) },
);
const trip = step(
  ({ rest, use, key }) =>
    rest.trips.post('/trips', { headers: { 'Idempotency-Key': key }, body: { payment: use('payment').id } }),
  { uses: { payment }, undo: ({ rest, key }) => rest.trips.post('/cancellations', { body: { key } }) },
);
const notify = step(
  ({ rest }) => rest.notifications.post('/notifications', { body: { title: 'On its way' } }),
  {
    optional: true,
    timeout: '200ms',
  },
);
export const ride = flow({
  path: '/rides',
  field: 'ride',
  deadline: '2s',
  scopes: ['rides:order'],
  steps: [{ payment }, { trip }, { notify }],
  answer: ({ use }) => ({ trip: use('trip').id, told: use('notify') !== undefined }),
});

/** Backends with books: what is there, by key. */
export function books(): {
  readonly fakes: FakeBackends;
  readonly there: Set<string>;
  readonly closed: Set<string>;
} {
  const there = new Set<string>();
  const closed = new Set<string>();
  const make = (key = '') => {
    if (closed.has(key)) return status(409);
    there.add(key);
    return { id: `of ${key.split('-').at(-1)}` };
  };
  const close = ({ body: { key } }: { readonly body: { readonly key: string } }) => {
    closed.add(key);
    there.delete(key);
    return { key };
  };
  const fakes = fakeBackends(kit, {
    payments: {
      post: { '/authorizations': ({ headers }) => make(headers['idempotency-key']), '/voids': close },
    },
    trips: { post: { '/trips': ({ headers }) => make(headers['idempotency-key']), '/cancellations': close } },
    notifications: { post: { '/notifications': () => ({ id: 'n1' }) } },
  });
  return { fakes, there, closed };
}
