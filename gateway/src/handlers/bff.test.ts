import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { backends, bff, disposeAll, mounted, read } from './bff.fixture.ts';
import { mountBff } from './bff.ts';

after(disposeAll);

describe('a mounted BFF', () => {
  it('has a route for each screen, and one for GraphQL', async () => {
    const { routes } = await mounted();
    assert.deepEqual(
      routes.map(({ path, methods, scopes, deadlineMs }) => ({ path, methods, scopes, deadlineMs })),
      [
        { path: '/m/home', methods: ['GET', 'HEAD'], scopes: ['home:read'], deadlineMs: 900 },
        { path: '/m/graphql', methods: ['GET', 'POST'], scopes: [], deadlineMs: 900 },
      ],
    );
  });

  it('refuses a bad mount and backends that are not configured, all at once', async () => {
    const options = { mount: 'm/', clock: systemClock, upstreams: new Set(['users']), ...backends() };
    await assert.rejects(mountBff(bff, options), (error: Error) => {
      assert.match(error.message, /mount: expected a path/);
      assert.match(error.message, /it reads backend tips, but upstreams has no tips/);
      return true;
    });
  });
});

describe('the REST face', () => {
  it('answers with every part, shaped', async () => {
    const { rest } = await mounted();
    const { status, json, headers } = await read(await rest());
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada' }, orders: ['o1'], tips: ['tip'], late: 1 });
    assert.equal(headers.has('frontdesk-incomplete'), false);
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8');
  });

  it('names what is missing', async () => {
    const { rest } = await mounted(['tips', 'graph']);
    const { status, json, headers } = await read(await rest(['home:read']));
    assert.equal(status, 200);
    assert.deepEqual(json, { user: { name: 'Ada' }, orders: [], tips: null, late: null });
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
});
