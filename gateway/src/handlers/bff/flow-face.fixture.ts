/** What tests of flows' faces share: a BFF with one flow, on a shop whose stock and money are counted. */
import assert from 'node:assert/strict';
import { defineBackends, defineBff, json, refuse, z } from '../../bff/index.ts';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { exchangeOf, read } from './mount.fixture.ts';
import { mountBff } from './mount.ts';

const kit = defineBackends({
  shop: { post: { '/reservations': json<{ id: string }>(), '/releases': json<null>() } },
  bank: { post: { '/charges': json<{ id: string }>() } },
});
const { step, flow, part, screen } = kit.takes(z.object({ item: z.string(), amount: z.number() }));
const reservation = step(
  ({ rest, input, key }) => rest.shop.post('/reservations', { body: { item: input.item, key } }),
  { undo: ({ rest, key }) => rest.shop.post('/releases', { body: { key } }) },
);
const charge = step(
  ({ rest, input, use, key }) => {
    if (input.amount > 100)
      throw refuse({ status: 402, title: 'The card was declined', members: { decline: 'limit' } });
    return rest.bank.post('/charges', { body: { for: use('reservation').id, key } });
  },
  { uses: { reservation }, undo: () => undefined },
);
const note = step(() => Promise.reject(new Error('nobody listens')), { optional: true });

const order = flow({
  path: '/orders',
  field: 'order',
  scopes: ['orders:write'],
  status: 201,
  steps: [{ reservation }, { charge }, { note }],
  answer: ({ use }) => ({ reservation: use('reservation').id, charge: use('charge').id, secret: 1 }),
});
const home = screen({
  path: '/items/{item}',
  field: 'home',
  parts: { one: part(() => 1) },
});

export const schema = `
  type Query { home(item: String! amount: Float!): Home }
  type Home { one: Int }
  type Mutation { order(item: String! amount: Float! idempotencyKey: String): Order }
  type Order { reservation: ID! charge: ID! }
`;
export const shopBff = defineBff({ name: 'shop', schema, backends: kit, screens: [home], flows: [order] });

/** A mounted shop: what is reserved and charged, and ways to ask it. */
export async function openShop() {
  const reserved = new Set<unknown>();
  const charged = new Set<unknown>();
  let calls = 0;
  const callUpstream: CallUpstream = async ({ path, body }) => {
    calls += 1;
    const said: unknown = body instanceof WholeBody ? JSON.parse(Buffer.from(body.bytes).toString()) : {};
    const key = typeof said === 'object' && said !== null && 'key' in said ? said.key : undefined;
    if (path === '/reservations') reserved.add(key);
    if (path === '/releases') reserved.delete(key);
    if (path === '/charges') charged.add(key);
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    return {
      status: 200,
      headers,
      body: new WholeBody(JSON.stringify(path === '/releases' ? null : { id: path.slice(1, 4) })),
      settled: new Promise(() => {}),
    };
  };
  const { routes, dispose } = await mountBff(shopBff, { mount: '/m', clock: systemClock, callUpstream });
  const route = (path: string) => routes.find((one) => one.path === path) ?? assert.fail(`no route ${path}`);
  const ask = (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    scopes = ['orders:write'],
  ) =>
    route(path).handler(
      exchangeOf(
        {
          method: 'POST',
          body: new WholeBody(typeof body === 'string' ? body : JSON.stringify(body)),
          headers: HeaderFields.of({ 'content-type': 'application/json', ...headers }),
        },
        scopes,
      ),
    );
  return {
    route,
    reserved,
    charged,
    calls: () => calls,
    dispose,
    rest: (body: unknown, headers?: Record<string, string>, scopes?: string[]) =>
      ask('/m/orders', body, headers, scopes),
    graphql: async (query: string, headers?: Record<string, string>) =>
      read(await ask('/m/graphql', { query }, headers)),
  };
}
