import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineBackends, document, json, lastGood, z } from '../bff/index.ts';
import { drift, fakeBackends, grpcStatus, partial, slow, status, testScreen } from './index.ts';

interface User {
  readonly id: string;
  readonly name: string;
}
const batch = { path: '/users', param: 'ids', key: 'id', items: 'users' };
const kit = defineBackends({
  users: {
    get: {
      '/users/{id}': json<User>({ batch }),
      '/checked/{id}': json(z.object({ id: z.string(), name: z.string() })),
    },
  },
  shop: { get: { '/for': json<readonly string[]>() } },
});
const { part, screen } = kit.takes(z.object({ id: z.string().default('7') }));
const Orders = document<{ orders: readonly string[] }, { user: string }>(
  'query Orders($user: ID!) { orders }',
);

const home = screen({
  path: '/home',
  field: 'home',
  scopes: ['home:read'],
  deadline: '800ms',
  parts: {
    user: part(({ rest, input }) => rest.users.get('/users/{id}', { path: { id: input.id } }), {
      required: true,
    }),
    friend: part(({ rest }) => rest.users.get('/users/{id}', { path: { id: '8' } })),
    same: part(({ rest, input }) => rest.users.get(`/users/${input.id}`)),
    orders: part(({ graph, input }) => graph(Orders, { user: input.id }), {
      fallback: lastGood('10m', { orders: [] }),
      shape: ({ orders }) => ({ orders }),
    }),
    tiles: part(({ rest }) => rest.shop.get('/for'), { timeout: '300ms', cache: { for: '30s' } }),
  },
});
const fakes = fakeBackends(kit, {
  users: { get: { '/users/{id}': ({ path }) => ({ id: path.id, name: `name of ${path.id}` }) } },
  shop: { get: { '/for': async () => ['tea'] } },
  graph: [[Orders, ({ user }) => ({ orders: [`o${user}`] })]],
});

describe('testScreen with typed fakes', () => {
  it('runs the real clients: reads that are alike are one, those of a turn are a batch', async () => {
    const { values, incomplete, calls, sent, durationMs } = await testScreen(home, { fakes });
    assert.deepEqual(values, {
      user: { id: '7', name: 'name of 7' },
      friend: { id: '8', name: 'name of 8' },
      same: { id: '7', name: 'name of 7' },
      orders: { orders: ['o7'] },
      tiles: ['tea'],
    });
    assert.deepEqual([incomplete, durationMs], [[], 0]);
    assert.deepEqual(
      calls.map(({ part: name, to }) => `${name}: ${to}`),
      [
        'user: users GET /users/{id}',
        'friend: users GET /users/{id}',
        'same: users GET /users/{id}',
        'orders: graph Orders',
        'tiles: shop GET /for',
      ],
    );
    const read = sent.filter(({ to }) => to === 'users GET /users/{id}');
    assert.deepEqual(
      read.map(({ keys, outcome }) => ({ keys, outcome })),
      [{ keys: ['7', '8'], outcome: 'ok' }],
    );
    assert.equal(sent.length, 3);
  });

  it('lets time pass by itself: a part that is slow costs its timeout, a screen its deadline', async () => {
    const slowTiles = await testScreen(home, { fakes, faults: { tiles: slow('2s') } });
    assert.deepEqual([slowTiles.values.tiles, slowTiles.durationMs], [null, 300]);
    assert.deepEqual(slowTiles.parts.tiles, {
      outcome: 'failed',
      failure: 'upstream_timeout',
      durationMs: 300,
    });
    const never = testScreen(home, { fakes, faults: { user: 'timeout' } });
    await assert.rejects(never, { code: 'part_failed' });
    const late = await testScreen(home, { fakes, faults: { friend: 'timeout' } });
    assert.deepEqual([late.incomplete, late.durationMs], [['friend'], 800]);
  });

  it('befalls one part alone, or a call whoever makes it, or some calls in a row', async () => {
    const one = await testScreen(home, { fakes, faults: { same: 'status 503' } });
    assert.deepEqual(one.incomplete, ['same']);
    const { orders } = (await testScreen(home, { fakes, faults: { 'graph Orders': 'reset' } })).parts;
    assert.equal(orders?.failure, 'upstream_reset');
    const first = await testScreen(home, { fakes, faults: { tiles: { fault: 'invalid', times: 1 } } });
    assert.equal(first.parts.tiles?.failure, 'upstream_invalid');
    assert.deepEqual((await first.again()).incomplete, ['tiles'], 'each run counts anew');
    assert.deepEqual((await first.again({ faults: {} })).incomplete, []);
    await assert.rejects(
      testScreen(home, { fakes, faults: { usr: 'reset' } }),
      /faults.usr: screen home has user/,
    );
  });

  it('keeps what is cached and what was last good, for as long as it is kept', async () => {
    const first = await testScreen(home, { fakes });
    const kept = await first.again({ faults: { tiles: 'reset', orders: 'status 500' } });
    assert.equal(kept.parts.tiles?.outcome, 'cached');
    assert.deepEqual(kept.values.orders, { orders: ['o7'] });
    const later = await first.again({ after: '31s', faults: { tiles: 'reset' } });
    assert.deepEqual(later.incomplete, ['tiles']);
    const muchLater = await first.again({ after: '20m', faults: { orders: 'reset' } });
    assert.deepEqual(muchLater.values.orders, { orders: [] });
  });

  it('holds answers to their schemas, drifted ones too', async () => {
    const checked = screen({
      path: '/c',
      field: 'c',
      parts: { user: part(({ rest }) => rest.users.get('/checked/{id}', { path: { id: 'a b' } })) },
    });
    const mine = fakeBackends(kit, {
      users: { get: { '/checked/{id}': ({ path }) => ({ id: path.id, name: 'Ada' }) } },
    });
    assert.deepEqual((await testScreen(checked, { fakes: mine })).values.user, { id: 'a b', name: 'Ada' });
    const { incomplete, drifts } = await testScreen(checked, {
      fakes: mine,
      faults: { user: drift({ '/name': 7 }) },
    });
    assert.deepEqual(incomplete, ['user']);
    assert.deepEqual(
      drifts.map(({ upstream, pointer, expected }) => [upstream, pointer, expected]),
      [['users', '/name', 'string']],
    );
  });

  it('answers with a status, with what is partial, and fails the test for what nothing answers', async () => {
    const poor = fakeBackends(kit, {
      users: {
        get: { '/users/{id}': ({ path }) => (path.id === '8' ? status(404) : { id: path.id, name: '' }) },
      },
      shop: { get: { '/for': () => status(500) } },
      graph: [[Orders, () => partial({ orders: [] })]],
    });
    const { incomplete, parts } = await testScreen(home, { fakes: poor });
    assert.deepEqual(incomplete, ['friend', 'orders', 'tiles']);
    assert.deepEqual(parts.orders?.outcome, 'partial');
    const { graph, ...rest } = { users: {}, graph: [] };
    await assert.rejects(testScreen(home, { fakes: fakeBackends(kit, { ...rest, graph }) }), {
      name: 'MissingFakeError',
      message: /no fake answers users GET \/users\/\{id\}: add users: \{ get: \{ '\/users\/\{id\}'/,
    });
    assert.throws(() => grpcStatus('NOPE'), RangeError);
  });
});
