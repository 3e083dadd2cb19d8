import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyOf, NOBODY_ASKED } from '../auth/route-auth.ts';
import { configSchema } from '../config/schema.ts';
import { planMounts } from './mount-plan.ts';

const route = (more: object) => ({ match: { path: '/a' }, to: { fixed: {} }, ...more });
const authOf = (auth: object, more: object = {}) =>
  planMounts(configSchema.parse({ auth, routes: [route(more)] }), []).at(-1)?.auth;

test('a route accepts every configured scheme, those it names, or nobody is asked', () => {
  const jwt = { issuer: 'i', audience: 'a', jwksUri: 'http://i/jwks' };
  assert.deepEqual(authOf({ jwt, apiKey: {} }), anyOf(['jwt', 'apiKey']));
  assert.deepEqual(authOf({ jwt, apiKey: {} }, { auth: ['apiKey'] }), anyOf(['apiKey']));
  assert.deepEqual(authOf({ jwt }, { auth: 'none' }), NOBODY_ASKED);
  assert.deepEqual(authOf({}), NOBODY_ASKED);
});

test('GraphiQL is open to all where it is on, and the graph below it is not', () => {
  const plan = (graphiql: boolean) =>
    planMounts(
      configSchema.parse({
        auth: { apiKey: {} },
        graph: { supergraph: 's.graphql', path: '/api', graphiql },
      }),
      [],
    ).filter(({ source }) => source.startsWith('graph'));
  assert.deepEqual(
    plan(true).map(({ match, auth, limit, hasPage }) => [match.path, match.methods, auth, limit, hasPage]),
    [
      ['/api', undefined, anyOf(['apiKey']), undefined, true],
      ['/api/graphiql/:version/:file', ['GET'], NOBODY_ASKED, 'unlimited', undefined],
    ],
  );
  assert.deepEqual(
    plan(false).map(({ match, hasPage }) => [match.path, hasPage]),
    [['/api', false]],
  );
});
