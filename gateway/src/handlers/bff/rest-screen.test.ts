import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { defineBackends, defineBff } from '../../bff/definition.ts';
import { KeptParts } from '../../bff/screen/kept-parts.ts';
import { LastGood } from '../../bff/screen/last-good.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { DrawField } from './field-limits.ts';
import { disposeAll, exchangeOf, mounted, read } from './mount.fixture.ts';
import { type MountBffOptions, mountBff } from './mount.ts';

after(disposeAll);

describe('the REST face', () => {
  it('answers with every part, shaped', async () => {
    const { rest } = await mounted();
    const { status, json, headers } = await read(await rest());
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada', friend: null }, orders: ['o1'], tips: ['tip'], late: 1 });
    assert.equal(headers.has('frontdesk-incomplete'), false);
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  });

  it('names what is missing', async () => {
    const { rest } = await mounted(['tips', 'graph']);
    const { status, json, headers } = await read(await rest(['home:read']));
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada', friend: null }, orders: [], tips: null, late: null });
    assert.equal(headers.get('frontdesk-incomplete'), 'orders, tips, late');
  });

  it('fails with a required part, passing its Retry-After on', async () => {
    const { rest } = await mounted(['users']);
    await assert.rejects(rest(), { code: 'part_failed', retryAfterS: 30 });
  });

  it('refuses who lacks a scope', async () => {
    const { rest } = await mounted();
    await assert.rejects(rest([]), { code: 'insufficient_scope' });
  });

  it('fetches and sends what ?fields= names, and is as complete as that', async () => {
    const { rest, asked } = await mounted(['tips']);
    const { json, headers } = await read(await rest(undefined, { query: 'fields=user.name,late' }));
    assert.deepEqual(json, { user: { name: 'Ada' }, late: 1 });
    assert.deepEqual(asked, ['users']);
    assert.equal(headers.has('frontdesk-incomplete'), false);
  });

  it('names a field that is not there, and fetches nothing', async () => {
    const { rest, asked } = await mounted();
    await assert.rejects(rest(undefined, { query: 'fields=user.nme,tips' }), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, 'invalid_request');
      const errors = [{ detail: 'There is no field user.nme', parameter: 'fields' }];
      assert.deepEqual(error.members, { errors });
      return true;
    });
    assert.deepEqual(asked, []);
  });
});

/** A screen whose parts say what a test lets them say. */
async function screenOf(
  home: string,
  values: Record<string, unknown>,
  options: Partial<MountBffOptions> = {},
) {
  const { part, screen } = defineBackends({});
  const fetched: string[] = [];
  const parts = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const resolve = () => {
        fetched.push(name);
        return value;
      };
      return [name, part(resolve, { required: home.includes(`${name}: Must!`) })];
    }),
  );
  const one = screen({ path: '/home', field: 'home', parts });
  const schema = `type Query { home: Home } ${home} type Must { name: String! more: Must }`;
  const made = await mountBff(defineBff({ name: 'test', schema, screens: [one] }), {
    mount: '/m',
    clock: systemClock,
    callUpstream: async () => assert.fail(),
    ...options,
  });
  const handler = made.routes.find(({ path }) => path === '/m/home')?.handler ?? assert.fail();
  const get = async (query = '') => read(await handler(exchangeOf({ query }, [])));
  return { get, fetched, dispose: made.dispose };
}

describe("what the schema promises of a screen's parts", () => {
  const home = 'type Home { must: Must! may: Must }';

  it('holds: what it does not show stays behind', async () => {
    const { get, dispose } = await screenOf(home, { must: { name: 'a', secret: 1 }, may: null });
    assert.deepEqual((await get()).json, { must: { name: 'a', more: null }, may: null });
    await dispose();
  });

  it('makes a part that breaks it a missing one, or the answer none', async () => {
    const may = await screenOf(home, { must: { name: 'a' }, may: { name: null } });
    const { json, headers } = await may.get();
    assert.deepEqual(json, { must: { name: 'a', more: null }, may: null });
    assert.equal(headers.get('frontdesk-incomplete'), 'may');
    await may.dispose();
    const must = await screenOf(home, { must: { name: ['a', 'b'] }, may: null });
    await assert.rejects(must.get(), { code: 'part_failed', detail: 'part must: Must.name is no String' });
    await must.dispose();
  });
});

describe('@rateLimit on the REST face', () => {
  const buckets = (spent: readonly string[]) => {
    const drawn: string[] = [];
    const draw: DrawField = (_limit, key) => {
      drawn.push(key.join(' '));
      const allowed = !spent.includes(key.at(-1) ?? '');
      return { allowed, remaining: 0, retryAfterMs: allowed ? 0 : 2500 };
    };
    return { drawn, draw };
  };
  const home = `type Home {
    must: Must! @rateLimit(limit: 2, duration: 60)
    may: Must @rateLimit
    other: Other
  } type Other { total: Int @rateLimit(limit: 5, duration: 5) }`;
  const values = { must: { name: 'a' }, may: { name: 'b' }, other: { total: 1 } };

  it('draws from the same buckets as GraphQL, for what is asked for', async () => {
    const { drawn, draw } = buckets([]);
    const { get, dispose } = await screenOf(home, values, { draw });
    await get('fields=must,other.total');
    assert.deepEqual(drawn, ['bff.test.field u1 u1 Home.must', 'bff.test.field u1 u1 Other.total']);
    drawn.length = 0;
    await get();
    assert.equal(drawn.length, 3);
    await dispose();
  });

  it('leaves a part over its limit out, and fetches nothing for it', async () => {
    const { get, fetched, dispose } = await screenOf(home, values, buckets(['Home.may', 'Other.total']));
    const { json, status, headers } = await get();
    assert.equal(status, 200);
    assert.deepEqual(json, { must: { name: 'a', more: null }, may: null, other: { total: null } });
    assert.equal(headers.get('frontdesk-incomplete'), 'may, other');
    assert.equal(headers.get('retry-after'), '3');
    assert.deepEqual(fetched, ['must', 'other']);
    await dispose();
  });

  it('refuses the whole where the part may not be null', async () => {
    const { get, fetched, dispose } = await screenOf(home, values, buckets(['Home.must']));
    await assert.rejects(get(), { code: 'rate_limited', retryAfterS: 3 });
    assert.deepEqual(fetched, []);
    await dispose();
  });
});

describe('a screen whose parts may be kept', () => {
  const { part, screen } = defineBackends({});
  const home = screen({
    path: '/home',
    field: 'home',
    parts: { a: part(() => 1, { cache: { for: '1m', scope: 'shared' } }), b: part(() => 2) },
  });
  const schema = 'type Query { home: Home } type Home { a: Int b: Int }';

  it('says so on both faces, and is 304 for who has it', async () => {
    const { routes, dispose } = await mountBff(defineBff({ name: 'test', schema, screens: [home] }), {
      mount: '/m',
      clock: systemClock,
      callUpstream: async () => assert.fail(),
      keeps: { parts: new KeptParts(systemClock), lastGood: new LastGood(systemClock), shape: '' },
    });
    const ask = (path: string, query: string, more: Record<string, string> = {}) => {
      const handler = routes.find((one) => one.path === path)?.handler ?? assert.fail();
      const headers = HeaderFields.of({ 'apollo-require-preflight': '1', ...more });
      const exchange = exchangeOf({ query, headers }, []);
      exchange.identity = undefined;
      return handler(exchange);
    };
    for (const [path, query] of [
      ['/m/home', 'fields=a'],
      ['/m/graphql', `query=${encodeURIComponent('{ home { a } }')}`],
    ] as const) {
      const { status, headers } = await ask(path, query);
      assert.equal(status, 200);
      assert.match(headers.get('cache-control') ?? '', /^public, max-age=(59|60)$/);
      const etag = headers.get('etag') ?? assert.fail();
      assert.equal((await ask(path, query, { 'if-none-match': etag })).status, 304);
    }
    assert.equal((await ask('/m/home', '')).headers.get('cache-control'), 'no-store');
    await dispose();
  });
});
