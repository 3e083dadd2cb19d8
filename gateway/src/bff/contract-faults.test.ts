/**
 * What the compiler says of mistakes in a BFF: each program below holds one, at the place that is marked with `/*!*\/`, and
 * the message must name it. The program without a mistake compiles.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { schemaTypes } from '../codegen/schema-types.ts';
import { compile, type Diagnosis } from './compile.fixture.ts';

const SCHEMA = `
  type Query { dashboard: Dashboard  order(id: ID!, first: Int): OrderDetail  search: Search }
  type Dashboard { user: User!  orders: [Order!]  tags: [String!]! }
  type User { id: ID!  name: String!  tier: Tier!  nick: String }
  type Order { id: ID!  total: Money! }
  type OrderDetail { order: Order }
  type Mutation { request(to: String!, idempotencyKey: String): Ride! }
  type Subscription { track(id: ID!): Track }
  type Ride { trip: ID!  fare: Money! }
  type Track { status: String!  percent: Int }
  type Money { amount: Int!  currency: String! }
  enum Tier { GOLD SILVER }
  union Hit = Product | Store
  type Product { upc: ID! }
  type Store { name: String! }
  type Search { hits: [Hit!]! }
`;

/** What `frontdesk bff types` makes for a backend, and what a team makes of it. */
const KIT = `
import { defineBackends, document, json, z } from '@frontdesk/gateway/bff';
import { bffContract } from './schema.ts';
export interface User { readonly id: string; readonly name: string; readonly tier: 'GOLD' | 'SILVER'; readonly nick?: string }
export interface Order { readonly id: string; readonly total: { readonly amount: number; readonly currency: 'EUR' } }
export const kit = defineBackends({
  users: {
    get: {
      '/users/{id}': json<User, { readonly query?: undefined }>(),
      '/users': json<User[], { readonly query: { readonly ids: string; readonly first?: number | null } }>(),
      '/users/{id}/orders': json<Order[], { readonly query?: { readonly status?: 'open' | 'closed' } }>(),
    },
    post: {
      '/users': json<User, { readonly query?: undefined; readonly body: { readonly name: string }; readonly headers: { readonly 'Idempotency-Key': string } }>(),
    },
  },
}, bffContract);
export const Orders = document<{ readonly orders: readonly Order[] }, { readonly user: string }>('query Orders($user: ID!) { orders }');
export const ById = z.object({ id: z.string(), first: z.number().optional() });
export const { part, screen } = kit;
export const ride = kit.takes(z.object({ to: z.string() }));
export const trip = ride.step(() => ({ id: 't1', cents: 5 }));
export const byId = kit.takes(ById);
export const byTrip = kit.takes(z.object({ id: z.string() }));
export const states = byTrip.feed(async function* () { yield 'new'; });
export const user = part(({ rest }) => rest.users.get('/users/{id}', { path: { id: '1' } }), { required: true, shape: toCard });
export function toCard({ id, name, tier, nick }: User) { return { id, name, tier, nick: nick ?? null }; }
export const orders = part(({ graph }) => graph(Orders, { user: '1' }), { shape: (data) => data.orders });
export const tags = part(() => ['a'], { fallback: [] });
`;

const HEAD = `import { byId, byTrip, ById, kit, Orders, orders, part, ride, screen, states, tags, toCard, trip, user, type Order, type User } from './kit.ts';
import { screen as anyScreen, z } from '@frontdesk/gateway/bff';
`;
const dashboard = (parts: string, more = ''): string =>
  `export const it = screen({ path: '/dashboard', field: 'dashboard', ${more} parts: { ${parts} } });`;

const search = (hit: string): string =>
  `export const it = screen({ path: '/search', field: 'search', parts: { /*!*/hits: part(() => [${hit}], { required: true }) } });`;

const flow = (answer: string, more = '', steps = '[{ trip }]'): string =>
  `export const it = ride.flow({ path: '/rides', field: 'request', steps: ${steps}, ${more} answer: ({ use }) => ${answer} });`;
const live = (updates: string): string =>
  `export const it = byTrip.live({ path: '/trips/{id}', field: 'track', updates: { ${updates} } });`;

/** By what is wrong: the program, and what the message says. */
const MISTAKES: Readonly<Record<string, readonly [program: string, says: string]>> = {
  'an unknown upstream': ['export const it = part(({ rest }) => rest./*!*/usrs.get("/users"));', "'usrs'"],
  'an unknown method': ['export const it = part(({ rest }) => rest.users./*!*/put("/users"));', "'put'"],
  'an unknown path': [
    'export const it = part(({ rest }) => rest.users.get(/*!*/"/user/{id}"));',
    '"/user/{id}"',
  ],
  'an interpolated path that fits none': [
    `export const it = part(({ rest, identity }) => rest.users.get(/*!*/\`/users/\${identity.subject}/cards\`));`,
    'no path of this backend fits /users/$',
  ],
  'a path parameter misspelt': [
    "export const it = part(({ rest }) => rest.users.get('/users/{id}', { path: { /*!*/idd: 1 } }));",
    "'idd'",
  ],
  'a path parameter left out': [
    "export const it = part(({ rest }) => rest.users./*!*/get('/users/{id}'));",
    'Expected 2',
  ],
  'a query parameter misspelt': [
    "export const it = part(({ rest }) => rest.users.get('/users', { query: { ids: '1', /*!*/frist: 1 } }));",
    "'frist'",
  ],
  'a query parameter of another type': [
    "export const it = part(({ rest }) => rest.users.get('/users/{id}/orders', { path: { id: 1 }, query: { /*!*/status: 'opne' } }));",
    '"opne"',
  ],
  'a required query left out': [
    "export const it = part(({ rest }) => rest.users./*!*/get('/users'));",
    'Expected 2',
  ],
  'a body without a member': [
    "export const it = part(({ rest }) => rest.users.post('/users', { headers: { 'Idempotency-Key': 'k' }, /*!*/body: {} }));",
    "'name'",
  ],
  'a required header left out': [
    "export const it = part(({ rest }) => rest.users.post('/users', /*!*/{ body: { name: 'a' } }));",
    "'headers'",
  ],
  'a field that the answer lacks': [
    "export const it = part(async ({ rest }) => (await rest.users.get('/users/{id}', { path: { id: 1 } }))./*!*/nmae);",
    "'nmae'",
  ],
  'a variable of a document misspelt': [
    "export const it = part(({ graph }) => graph(Orders, { /*!*/usr: '1' }));",
    "'usr'",
  ],
  'a field of the schema without a part': [
    `export const it = screen({ path: '/dashboard', field: 'dashboard', /*!*/parts: { user, tags } });`,
    'part orders is missing: type Dashboard has a field of that name',
  ],
  'a part that the schema lacks': [
    dashboard('user, orders, tags, /*!*/extra: part(() => 1)'),
    'part extra: type Dashboard has no field of that name',
  ],
  'a shaped value without a field': [
    dashboard(
      "/*!*/user: part(() => ({ id: '1', name: 'a', nick: null }), { required: true }), orders, tags",
    ),
    'part user: field tier is missing',
  ],
  'a nullable field that is not written': [
    dashboard(
      "/*!*/user: part(() => ({ id: '1', name: 'a', tier: 'GOLD' as const }), { required: true }), orders, tags",
    ),
    'part user: field nick is missing; write null where there is none',
  ],
  'a shaped value with a field of another type': [
    dashboard("user, tags, /*!*/orders: part(() => [{ id: '1', total: { amount: '1', currency: 'EUR' } }])"),
    'part orders[]: field total: field amount is text, and the schema says a number',
  ],
  'a value that the enum lacks': [
    dashboard(
      "/*!*/user: part(() => ({ id: '1', name: 'a', nick: null, tier: 'gold' as 'gold' | 'GOLD' }), { required: true }), orders, tags",
    ),
    "part user: field tier may be 'gold', which the schema's enum lacks",
  ],
  'text where the schema says an enum': [
    dashboard(
      "/*!*/user: part(() => ({ id: '1', name: 'a', nick: null, tier: String(1) }), { required: true }), orders, tags",
    ),
    'part user: field tier is any text, and the schema says an enum',
  ],
  'one of a union without its name': [
    search("{ upc: '1' }"),
    "part hits[]: field __typename is missing, which says what of the schema's types it is",
  ],
  'one of a union that lacks a field': [
    search("{ __typename: 'Store' as const, upc: '1' }"),
    'part hits[]: field name is missing',
  ],
  'one of a union that is none of it': [
    search("{ __typename: 'Shop' as const, name: 'a' }"),
    "part hits[]: __typename 'Shop' is none that the schema allows there",
  ],
  'a list where the schema says an object': [
    dashboard('/*!*/user: part(() => [1], { required: true }), orders, tags'),
    'part user is a list, and the schema says an object',
  ],
  'an optional part that the schema promises': [
    dashboard("user, orders, /*!*/tags: part(() => ['a'])"),
    'part tags may be null, and the schema says that it is not',
  ],
  'a null within a list': [
    dashboard("user, orders, /*!*/tags: part(() => ['a', null], { fallback: [] })"),
    'part tags[] may be null, and the schema says that it is not',
  ],
  'a field that no root type has': [
    "export const it = screen({ path: '/d', /*!*/field: 'dashbord', parts: { user, orders, tags } });",
    '"dashbord"',
  ],
  'a scope misspelt, of a screen': [
    dashboard('user, orders, tags', "scopes: [/*!*/'dashbord:read'],"),
    '"dashbord:read"',
  ],
  'a scope misspelt, of a part': [
    "export const it = part(() => 1, { scopes: [/*!*/'order:read'] });",
    '"order:read"',
  ],
  'a member that the input lacks': ['export const it = byId.part(({ input }) => input./*!*/idd);', "'idd'"],
  'a path parameter that the input lacks': [
    "export const it = byId.screen({ /*!*/path: '/orders/{order}', field: 'order', parts: { order: byId.part((): Order | null => null) } });",
    'path /orders/{order}: {order} is no member of the input',
  ],
  'an input that lacks an argument': [
    "export const it = screen({ path: '/order', /*!*/field: 'order', parts: { order: part((): Order | null => null) } });",
    'argument id is no member of the input',
  ],
  'an input with a member of another type': [
    "const other = kit.takes(z.object({ id: z.string(), first: z.string() }));\nexport const it = other.screen({ path: '/order', /*!*/field: 'order', parts: { order: other.part((): Order | null => null) } });",
    'member first of the input is text, and the schema says a number',
  ],
  'a part of another input': [
    "const other = kit.takes(z.object({ number: z.string() }));\nexport const it = byId.screen({ path: '/order', field: 'order', parts: { /*!*/order: other.part((): Order | null => null) } });",
    'part order was made for another input',
  ],
  'a part that uses one which the screen lacks': [
    "const more = part(async ({ use }) => (await use('user')).name, { uses: { user } });\nexport const it = anyScreen({ path: '/d', field: 'd', parts: { /*!*/more } });",
    '\'uses a part that this screen lacks\': "user"',
  ],
  "a flow's answer without a field": [
    flow("/*!*/({ trip: use('trip').id })"),
    'answer: field fare is missing',
  ],
  "a flow's answer with a field of another type": [
    flow("/*!*/({ trip: use('trip').id, fare: { amount: '5', currency: 'EUR' } })"),
    'answer: field fare: field amount is text, and the schema says a number',
  ],
  'a step misspelt': [
    flow("({ trip: use(/*!*/'trap').id, fare: { amount: 5, currency: 'EUR' } })"),
    '"trap"',
  ],
  'a step of another input': [
    flow("({ trip: '1', fare: { amount: 5, currency: 'EUR' } })", '', '[{ /*!*/trip: byId.step(() => 1) }]'),
    'step trip was made for another input',
  ],
  "a scope misspelt, of a flow's step": [
    "export const it = ride.step(() => 1, { scopes: [/*!*/'order:read'] });",
    '"order:read"',
  ],
  'a field that Mutation lacks': [
    "export const it = ride.flow({ path: '/rides', /*!*/field: 'reqest', steps: [{ trip }], answer: () => ({ trip: '1', fare: { amount: 5, currency: 'EUR' } }) });",
    '"reqest"',
  ],
  'a member that the input of a step lacks': [
    'export const it = ride.step(({ input }) => input./*!*/too);',
    "'too'",
  ],
  'an update of a part that the schema lacks': [
    live('status: states, /*!*/state: states'),
    'update state: type Track has no field of that name',
  ],
  'an update of another type': [
    live('/*!*/percent: states'),
    'update percent is text, and the schema says a number',
  ],
  'a used part misspelt': [
    "export const it = part(async ({ use }) => (await use(/*!*/'usr')).name, { uses: { user } });",
    '"usr"',
  ],
  'a field that a used part lacks': [
    "export const it = part(async ({ use }) => (await use('user'))./*!*/nmae, { uses: { user } });",
    "'nmae'",
  ],
};

const RIGHT = [
  flow("({ trip: use('trip').id, fare: { amount: use('trip').cents, currency: 'EUR' } })").replace(
    'it',
    'requested',
  ),
  live('status: states').replace('it', 'followed'),
  "export const found = screen({ path: '/search', field: 'search', parts: { hits: part(() => [{ __typename: 'Store' as const, name: 'a' }, { __typename: 'Product' as const, upc: '1' }], { required: true }) } });",
  dashboard('user, orders, tags', "scopes: ['dashboard:read'], deadline: '1s',"),
  `export const open = part(({ rest, identity }) => rest.users.get(\`/users/\${identity.subject}\`), { required: true, shape: toCard });`,
  "export const many = part(({ rest }) => rest.users.get('/users', { query: { ids: '1' } }));",
  "export const detail = byId.screen({ path: '/orders/{id}', field: 'order', parts: { order: byId.part(({ input }): Order | null => ({ id: input.id, total: { amount: 1, currency: 'EUR' } })) } });",
  "export const plain = byId.screen({ path: '/orders/{id}', field: 'order', parts: { order: part((): Order | null => null) } });",
].join('\n');

describe('mistakes do not compile, and messages name them', () => {
  let diagnoses: ReadonlyMap<string, readonly Diagnosis[]> = new Map();
  const files = Object.entries(MISTAKES).map(
    ([what, [program]]) => [`cases/${what.replaceAll(/[^a-z]+/g, '-')}.ts`, HEAD + program] as const,
  );

  before(() => {
    const schema = schemaTypes(SCHEMA, 'schema.graphql', {
      scalars: {},
      scopes: ['dashboard:read', 'orders:read'],
    });
    diagnoses = compile({
      'cases/schema.ts': schema,
      'cases/kit.ts': KIT,
      'cases/right.ts': HEAD + RIGHT,
      ...Object.fromEntries(files),
    });
  });

  it('leaves what is right alone', () => {
    for (const path of ['cases/schema.ts', 'cases/kit.ts', 'cases/right.ts']) {
      assert.deepEqual(diagnoses.get(path), [], path);
    }
  });

  for (const [index, [what, [program, says]]] of Object.entries(MISTAKES).entries()) {
    it(what, () => {
      const found = diagnoses.get(files[index]?.[0] ?? '') ?? [];
      const place = program.slice(program.indexOf('/*!*/') + 5);
      const [first] = found;
      assert.ok(first, 'it compiles');
      assert.equal(found.length, 1, found.map(({ text }) => text).join('\n'));
      assert.ok(first.text.includes(says), `expected ${says} in:\n${first.text}`);
      assert.equal(first.at, place);
    });
  }
});
