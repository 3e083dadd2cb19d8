import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { defineBff } from '../../bff/definition.ts';
import { WholeBody } from '../../core/body.ts';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { OperationPolicies } from './face-parts.ts';
import { backends, bff, disposeAll, exchangeOf, mounted, read } from './mount.fixture.ts';
import { mountBff } from './mount.ts';

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

describe('policies of a screen', () => {
  const guarded = defineBff({
    ...bff,
    backends: { backends: bff.backends },
    screens: bff.screens.map((one) => ({ ...one, policies: ['weekdays'] })),
  });
  const mountGuarded = (policies: OperationPolicies | undefined) =>
    mountBff(guarded, { mount: '/m', clock: systemClock, ...backends(), policies });

  it('are an error at start where nobody knows them', async () => {
    await assert.rejects(
      mountGuarded(undefined),
      /screen home asks for policy weekdays, but policies has no weekdays/,
    );
  });

  it('hold behind the GraphQL face too, whenever they answer, and nothing is asked of a backend before', async () => {
    for (const later of [false, true]) {
      const refused = new FrontdeskError('forbidden', { members: { policy: 'weekdays' } });
      let refusal: FrontdeskError | undefined = refused;
      const { routes, dispose } = await mountGuarded({
        has: () => true,
        refusal: () => (later ? Promise.resolve(refusal) : refusal),
      });
      const face = routes.find(({ path }) => path === '/m/graphql')?.handler ?? assert.fail();
      const ask = async () => {
        const body = new WholeBody(JSON.stringify({ query: '{ home { tips } }' }));
        const headers = HeaderFields.of({ 'content-type': 'application/json' });
        return (await read(await face(exchangeOf({ method: 'POST', body, headers }, ['home:read'])))).json;
      };
      const denied = await ask();
      assert.deepEqual(denied.data, { home: null });
      assert.deepEqual(denied.errors[0].extensions, { policy: 'weekdays', code: 'FORBIDDEN' });
      refusal = undefined;
      assert.deepEqual((await ask()).data, { home: { tips: ['tip'] } });
      await dispose();
    }
  });
});
