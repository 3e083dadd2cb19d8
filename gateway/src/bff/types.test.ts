/**
 * What the compiler must know of a BFF. Each `Expect` below is a claim about types: where one does not hold, this
 * file does not compile. The design's own example stands here as it is written there.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defineBackends, defineBff, document, json, type Part, type RawOf, type ShapedOf } from './index.ts';
import type { PartContext } from './screen/part.ts';
import type { Closed } from './screen/screen.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Expect<Claim extends true> = Claim;

interface User {
  readonly id: string;
  readonly name: string;
  readonly tier: 'gold' | 'silver';
}
interface Order {
  readonly id: string;
}

const backends = defineBackends({
  users: {
    get: {
      '/users/{id}': json<User>(),
      '/users': json<User[]>(),
      '/users/{id}/cards/{card}': json<number>(),
    },
    post: { '/users': json<User>() },
  },
  recommendations: { get: { '/for': json<string[]>() } },
});
const { part, screen } = backends;
const RecentOrders = document<Order[], { user: string }>('query RecentOrders($user: ID!) { orders }');
const toCard = ({ name }: User) => ({ name });

/** DESIGN §5. */
const dashboard = screen({
  path: '/dashboard',
  field: 'dashboard',
  scopes: ['dashboard:read'],
  deadline: '800ms',
  parts: {
    user: part(({ rest, identity }) => rest.users.get(`/users/${identity.subject}`), {
      required: true,
      shape: toCard,
    }), // parts that do not `use` another start at once
    orders: part(({ graph, identity }) => graph(RecentOrders, { user: identity.subject }), { fallback: [] }),
    recommendations: part(
      async ({ rest, use }) =>
        rest.recommendations.get('/for', { query: { tier: (await use('user')).tier } }),
      { timeout: '300ms' },
    ),
  },
});

const user = part(({ rest }) => rest.users.get('/users/{id}', { path: { id: 1 } }), { shape: toCard });
const tier = part(async ({ use }) => (await use('user')).tier, { uses: { user } });
const orders = part(({ graph }) => graph(RecentOrders, { user: '1' }), { shape: (all) => all.length });

type Kit = typeof backends.backends;
type Rest = PartContext<Kit, unknown>['rest'];
type UserContext = PartContext<Kit, { readonly user: User }>;
type Users = Rest['users'];
type Refused<Parts> = { [Name in keyof Parts]: Closed<Parts>[Name] };

export type Claims = [
  // A part's value before and after `shape`, inferred.
  Expect<Same<RawOf<typeof user>, User>>,
  Expect<Same<ShapedOf<typeof user>, { name: string }>>,
  Expect<Same<RawOf<typeof tier>, 'gold' | 'silver'>>,
  Expect<Same<ShapedOf<typeof orders>, number>>,
  // `use` takes the names of declared parts and gives their values before `shape`.
  Expect<Same<Parameters<UserContext['use']>[0], 'user'>>,
  Expect<Same<Awaited<ReturnType<UserContext['use']>>, User>>,
  // Only declared upstreams, methods and paths are there; each path gives its own answer.
  Expect<Same<keyof Rest, 'users' | 'recommendations'>>,
  Expect<Same<keyof Users, 'get' | 'post'>>,
  Expect<Same<Parameters<Rest['recommendations']['get']>[0], '/for'>>,
  Expect<'/usrs' extends Parameters<Users['get']>[0] ? false : true>,
  // A screen that lacks a used part is refused, and the part is named; one that has it is not.
  Expect<Same<Refused<{ tier: typeof tier; user: typeof user }>['tier'], unknown>>,
  Expect<
    Same<Refused<{ tier: typeof tier }>['tier'], { readonly 'uses a part that this screen lacks': 'user' }>
  >,
  // A part is a part whatever it is typed by, so that lists of parts need no casts.
  Expect<typeof tier extends Part ? true : false>,
];

it('makes a BFF of the example', () => {
  const bff = defineBff({
    name: 'mobile',
    schema: 'type Query { dashboard: Int }',
    backends,
    screens: [dashboard],
  });
  assert.deepEqual(Object.keys(bff.screens[0]?.parts ?? {}), ['user', 'orders', 'recommendations']);
});
