import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { listRoutes } from './route-listing.ts';

test('every kind of route is listed with what guards it', async () => {
  const config = configSchema.parse({
    auth: { apiKey: {} },
    graph: { supergraph: 's', scopes: ['graph:read'] },
    upstreams: { users: { url: 'http://h' } },
    routes: [
      { match: { path: '/a' }, to: { upstream: 'users', rewrite: '/b' }, auth: ['apiKey', 'anonymous'] },
      {
        match: { path: '/f' },
        to: { fixed: { status: 204 } },
        auth: 'none',
        limit: { capacity: 2, refill: '1/s' },
      },
    ],
    bffs: [{ package: 'p', mount: '/m', limit: 'unlimited' }],
  });
  const specs = await listRoutes(config, async () => ({ screens: [] }));
  assert.deepEqual(
    specs.map(({ match, value }) => [match.path, value.kind, value.target, value.auth, value.limit]),
    [
      ['/healthz', 'health', 'health', 'none', 'unlimited'],
      ['/readyz', 'health', 'health', 'none', 'unlimited'],
      ['/graphql', 'graph', 'the federated graph', 'apiKey', 'by plan'],
      ['/m/graphql', 'bff', 'p GraphQL', 'apiKey', 'unlimited'],
      ['/a', 'proxy', 'users /b', 'apiKey, or nobody', 'by plan'],
      ['/f', 'fixed', 'always 204', 'none', '2 per consumer'],
    ],
  );
});
