import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isRecord } from '../http/request-body.ts';
import { type RunningService, startService } from '../index.ts';
import { executeMonolith } from '../monolith.ts';
import { SUBGRAPH_NAMES, type SubgraphName } from './module.ts';
import { subgraphSdl } from './modules.ts';

const running = new Map<SubgraphName, RunningService>();

before(async () => {
  for (const name of SUBGRAPH_NAMES) running.set(name, await startService(name, { port: 0 }));
});
after(() => Promise.all(running.values().map((service) => service.close())));

interface GraphAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

function isGraphAnswer(value: unknown): value is GraphAnswer {
  return isRecord(value) && (value.errors === undefined || Array.isArray(value.errors));
}

async function ask(
  name: SubgraphName,
  query: string,
  variables = {},
  userId?: string,
  path = '/graphql',
): Promise<GraphAnswer> {
  const response = await fetch(`${running.get(name)?.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      connection: 'close',
      ...(userId === undefined ? {} : { 'x-user-id': userId }),
    },
    body: JSON.stringify({ query, variables }),
  });
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const answer = await response.json();
  assert.ok(isGraphAnswer(answer));
  return answer;
}

async function entities(
  name: SubgraphName,
  representations: readonly object[],
  selection: string,
): Promise<unknown[]> {
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`;
  const { data, errors } = await ask(name, query, { representations });
  assert.equal(errors, undefined);
  assert.ok(
    typeof data === 'object' && data !== null && '_entities' in data && Array.isArray(data._entities),
  );
  return data._entities;
}

test('each subgraph tells its SDL and can be introspected', async () => {
  for (const name of SUBGRAPH_NAMES) {
    const { data } = await ask(name, '{ _service { sdl } __schema { queryType { name } } }');
    assert.match(JSON.stringify(data), /specs\.apollo\.dev\/federation/);
    assert.match(subgraphSdl(name), /type Query/);
  }
});

test('both /graphql and / answer, anything else is not there', async () => {
  assert.deepEqual(await ask('accounts', '{ user(id: "42") { id } }', {}, undefined, '/'), {
    data: { user: { id: '42' } },
  });
  assert.equal((await fetch(`${running.get('accounts')?.url}/other`)).status, 404);
});

test('me is who the gateway says', async () => {
  assert.deepEqual(await ask('accounts', '{ me { id } }', {}, '42'), { data: { me: { id: '42' } } });
  assert.deepEqual(await ask('accounts', '{ me { id } }'), { data: { me: null } });
});

test('entities of every subgraph are resolved by reference, unknown ones to null', async () => {
  assert.deepEqual(
    await entities(
      'accounts',
      [
        { __typename: 'User', id: '42' },
        { __typename: 'User', id: '999' },
        { __typename: 'Driver', id: 'd1' },
      ],
      '__typename ... on User { id } ... on Driver { user { id } }',
    ),
    [{ __typename: 'User', id: '42' }, null, { __typename: 'Driver', user: { id: '141' } }],
  );
  assert.deepEqual(
    await entities(
      'products',
      [
        { __typename: 'Product', upc: 'p1' },
        { __typename: 'Store', id: 's1' },
      ],
      '... on Product { upc } ... on Store { name }',
    ),
    [{ upc: 'p1' }, { name: 'Corner Market' }],
  );
  assert.deepEqual(
    await entities(
      'orders',
      [
        { __typename: 'User', id: '42' },
        { __typename: 'Order', id: 'o42' },
      ],
      '... on User { orders(first: 1) { customer { id } } } ... on Order { id }',
    ),
    [{ orders: [{ customer: { id: '42' } }] }, { id: 'o42' }],
  );
  assert.deepEqual(
    await entities(
      'trips',
      [
        { __typename: 'Trip', id: 't1' },
        { __typename: 'Order', id: 'o9999' },
      ],
      '... on Trip { id } ... on Order { delivery { id } }',
    ),
    [{ id: 't1' }, { delivery: null }],
  );
  assert.deepEqual(
    await entities(
      'reviews',
      [
        { __typename: 'Review', id: 'r1' },
        { __typename: 'Product', upc: 'none' },
      ],
      '... on Review { id } ... on Product { reviewCount }',
    ),
    [{ id: 'r1' }, null],
  );
});

test('what @requires names comes from the gateway and from nowhere else', async () => {
  const product = (price: number, weightGrams: number) => ({
    __typename: 'Product',
    upc: 'p1',
    price: { amount: price },
    weightGrams,
  });
  assert.deepEqual(
    await entities(
      'orders',
      [product(5_000, 1), product(4_999, 1), product(100, 900)],
      '... on Product { deliveryFee { amount } }',
    ),
    [{ deliveryFee: { amount: 0 } }, { deliveryFee: { amount: 200 } }, { deliveryFee: { amount: 250 } }],
  );
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { rideDiscountPercent } } }`;
  const without = await ask('trips', query, { r: [{ __typename: 'User', id: '42' }] });
  assert.equal(without.errors?.length, 1);
  assert.deepEqual(
    await entities(
      'trips',
      [{ __typename: 'User', id: '42', tier: 'GOLD' }],
      '... on User { rideDiscountPercent }',
    ),
    [{ rideDiscountPercent: 10 }],
  );
});

test('a root query of each subgraph equals the monolith on the same data', async () => {
  const queries: [SubgraphName, string][] = [
    ['accounts', '{ user(id: "42") { preferences { language newsletter favouriteVehicle } } }'],
    [
      'products',
      '{ searchProducts(filter: { text: "bread", maxPrice: 2000 }, sort: PRICE_ASC, first: 2) { total nodes { upc store { name } } nextCursor facets { categories { category count } prices { min max count } inStock } } }',
    ],
    [
      'orders',
      '{ orderHistory(user: "42", filter: { statuses: [DELIVERED], to: "2026-05-01T00:00:00Z" }, first: 2) { total nodes { id placedAt items { product { upc } } } nextCursor } }',
    ],
    [
      'trips',
      '{ trip(id: "t999") { status progress { percent latitude longitude etaSeconds } timeline { status at } vehicleClass payment account costCenter } }',
    ],
    [
      'accounts',
      '{ users(first: 5, role: DRIVER) { id name driver { vehicle { class } } } account(id: "d3") { __typename name } usersById(ids: ["2", "x", "1"]) { id } }',
    ],
    [
      'products',
      '{ topProducts(first: 3) { upc similar { upc } } search(text: "market") { __typename } shelves(first: 2) { upc } products(first: 2, after: "p9") { upc } }',
    ],
    [
      'orders',
      '{ latestOrders(first: 4, status: CANCELLED) { id packages { quantity product { upc } } total { amount currency } } order(id: "o7") { customer { id orderCount spent { amount } } } }',
    ],
    [
      'trips',
      '{ trip(id: "t5") { path rider { id tripCount } driver { id earned { amount } } order { id } } driverZones { id } latestTrips(first: 3) { id } }',
    ],
    [
      'reviews',
      '{ topRated(first: 6) { __typename averageRating reviewCount } latestReviews(first: 5) { rating author { username } subject { __typename } } }',
    ],
  ];
  for (const [name, query] of queries) {
    const truth = JSON.parse(JSON.stringify(await executeMonolith(query)));
    assert.equal(truth.errors, undefined, query);
    assert.deepEqual(await ask(name, query), truth);
  }
});

test('page sizes have limits', async () => {
  for (const first of [101, -1]) {
    const { errors } = await ask('orders', `{ latestOrders(first: ${first}) { id } }`);
    assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
  }
  assert.deepEqual(await ask('orders', '{ latestOrders(first: 0) { id } }'), { data: { latestOrders: [] } });
});

test('mutations need a user, change what later queries see, and are forgotten on restart', async () => {
  const rename = 'mutation { updateProfile(input: { name: "Ada" }) { id name } }';
  assert.equal((await ask('accounts', rename)).errors?.[0]?.extensions?.code, 'UNAUTHENTICATED');
  assert.deepEqual(await ask('accounts', rename, {}, '7'), {
    data: { updateProfile: { id: '7', name: 'Ada' } },
  });
  assert.deepEqual(await ask('accounts', '{ user(id: "7") { name } }'), { data: { user: { name: 'Ada' } } });

  const order =
    'mutation { placeOrder(input: { items: [{ upc: "p3", quantity: 2 }] }) { id status customer { id } } }';
  const placed = { id: 'o2001', status: 'PLACED', customer: { id: '7' } };
  assert.deepEqual(await ask('orders', order, {}, '7'), { data: { placeOrder: placed } });
  const newest = '{ latestOrders(first: 1) { id status customer { orders(first: 1) { id } } } }';
  assert.deepEqual(await ask('orders', newest), {
    data: { latestOrders: [{ id: 'o2001', status: 'PLACED', customer: { orders: [{ id: 'o2001' }] } }] },
  });
  const cancel = 'mutation { cancelOrder(id: "o2001") { status } }';
  assert.match((await ask('orders', cancel, {}, '8')).errors?.[0]?.message ?? '', /you have no order/);
  assert.deepEqual(await ask('orders', cancel, {}, '7'), { data: { cancelOrder: { status: 'CANCELLED' } } });

  const review =
    'mutation { addReview(input: { upc: "p3", rating: 5, title: "Yes", body: "Good" }) { author { username } subject { ... on Product { upc reviews(first: 1) { title } } } } }';
  const { data } = await ask('reviews', review, {}, '7');
  assert.match(JSON.stringify(data), /"upc":"p3","reviews":\[\{"title":"Yes"\}\]/);

  const books = async (name: SubgraphName) =>
    (await fetch(`${running.get(name)?.url}/__books`, { headers: { connection: 'close' } })).text();
  assert.match(await books('accounts'), /^\{"profiles":\[\{"id":"7","name":"Ada","city":"[^"]+"\}\]\}$/);
  assert.match(await books('orders'), /^\{"orders":\[\{"id":"o2001",[^[]*"status":"CANCELLED",[^[]*\]\}$/);
  assert.match(await books('reviews'), /^\{"reviews":\[\{"id":"r\d+","user":"7","rating":5,[^[]*\]\}$/);

  const before = running.get('accounts');
  await before?.close();
  running.set('accounts', await startService('accounts', { port: before?.port ?? 0 }));
  assert.doesNotMatch(JSON.stringify(await ask('accounts', '{ user(id: "7") { name } }')), /"Ada"/);
});
