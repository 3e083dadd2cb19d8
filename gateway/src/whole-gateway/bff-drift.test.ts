/** A backend changes its contract under a mounted BFF, over sockets: the part is named, the rest is served. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { defineBackends, defineBff, json, openEnum, z } from '../bff/index.ts';
import { collect } from '../core/body.ts';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { exchangeOn } from '../core/testing/exchange.ts';
import { mountBff } from '../handlers/bff/mount.ts';
import { backend, rig } from '../upstream/testing/harness.ts';

const User = z.object({ name: z.string(), tier: z.enum(['gold', 'silver']) });
const Order = z.object({ id: z.string(), status: openEnum(['placed', 'sent'], 'other') });
const kit = defineBackends({
  users: { get: { '/user': json(User) } },
  orders: { get: { '/orders': json(z.object({ orders: z.array(Order) })) } },
});
const { part, screen } = kit;
const bff = defineBff({
  name: 'drifting',
  schema: `
    type Query { home: Home }
    type Home { user: User orders: [Order!] }
    type User { name: String! tier: String! }
    type Order { id: String! status: String! }
  `,
  backends: kit,
  screens: [
    screen({
      path: '/home',
      field: 'home',
      parts: {
        user: part(({ rest }) => rest.users.get('/user')),
        orders: part(({ rest }) => rest.orders.get('/orders'), { shape: ({ orders }) => orders }),
      },
    }),
  ],
});
const user = { name: 'Ada', tier: 'gold' };
const orders = [{ id: 'o1', status: 'placed' }];

async function mounted(t: TestContext) {
  const says: { user: unknown; orders: unknown } = { user, orders };
  const url = await backend(t, ({ url: path }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(
        path === '/user' ? says.user : { orders: says.orders, more: 'unknown members are fine' },
      ),
    );
  });
  const told: object[] = [];
  const counted: string[][] = [];
  const { routes, dispose } = await mountBff(bff, {
    mount: '/m',
    clock: systemClock,
    callUpstream: rig(t, { users: { url }, orders: { url } }).call,
    logger: { ...noLogger, warn: (fields: object) => told.push(fields) },
    meter: {
      ...noMeter,
      counter: ({ name }) =>
        name === 'frontdesk_bff_drifts_total' ? (_, ...labels) => counted.push(labels) : () => {},
    },
  });
  t.after(dispose);
  const handler = routes.find(({ path }) => path === '/m/home')?.handler ?? assert.fail('no route');
  const ask = async () => {
    const reply = await handler(exchangeOn(systemClock));
    const bytes = await collect(reply.body, 1e6, () => new Error('too large'));
    const incomplete = reply.headers.get('frontdesk-incomplete');
    return { status: reply.status, incomplete, home: JSON.parse(Buffer.from(bytes).toString()) };
  };
  return { says, ask, told, counted };
}

it('serves the rest of a screen, whatever a backend makes of its contract', async (t) => {
  const { says, ask, told, counted } = await mounted(t);
  const whole = { status: 200, incomplete: undefined, home: { user, orders } };
  const withoutUser = { status: 200, incomplete: 'user', home: { user: null, orders } };
  assert.deepEqual(await ask(), whole);

  says.user = { ...user, name: { first: 'secret' } };
  assert.deepEqual(await ask(), withoutUser, 'another type');
  says.user = { tier: 'gold' };
  assert.deepEqual(await ask(), withoutUser, 'a member dropped');
  says.user = { ...user, tier: 'secret' };
  assert.deepEqual(await ask(), withoutUser, 'another value of a closed enumeration');
  says.user = user;
  says.orders = [{ id: 'o1', status: 'secret' }];
  const other = { user, orders: [{ id: 'o1', status: 'other' }] };
  assert.deepEqual(await ask(), { status: 200, incomplete: undefined, home: other }, 'of an open one');
  says.orders = orders;
  assert.deepEqual(await ask(), whole);

  assert.deepEqual(counted, [
    ['drifting', 'users', 'GET /user /name', 'refused'],
    ['drifting', 'users', 'GET /user /name', 'refused'],
    ['drifting', 'users', 'GET /user /tier', 'refused'],
    ['drifting', 'orders', 'GET /orders', 'unknown_value'],
  ]);
  const failed = told.filter((fields) => 'part' in fields);
  assert.deepEqual(
    failed.map((fields) => [Reflect.get(fields, 'part'), Reflect.get(fields, 'code')]),
    [1, 2, 3].map(() => ['user', 'upstream_invalid']),
  );
  assert.doesNotMatch(JSON.stringify([told, counted]), /secret/);
});
