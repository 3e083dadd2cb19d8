import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../auth/authenticator.ts';
import { configSchema } from '../config/schema.ts';
import { noMeter } from '../core/meter.ts';
import { planMounts } from '../mounts/mount-plan.ts';
import { openResidents } from '../residents/residents.ts';
import { openPolicies } from './policies.ts';
import { routeGuards } from './route-guards.ts';

test('a route that asks for no guard of its own has none', async () => {
  const config = configSchema.parse({ routes: [{ match: { path: '/a' }, to: { fixed: {} } }] });
  const residents = await openResidents(config);
  const policies = openPolicies(config, residents, () => Promise.reject(new Error('nobody is called')));
  const authenticator = new Authenticator({ schemes: [], meter: noMeter });
  for (const mount of planMounts(config, [])) {
    const guards = routeGuards({ mount, config, residents, policies, authenticator });
    assert.deepEqual(
      Object.values(guards).filter((guard) => guard !== undefined),
      [],
    );
  }
  await residents.close();
});

test('routes, the graph and BFFs ask for guards with the same words, and what is built in is never coded', async () => {
  const cors = { origins: ['https://app.example'] };
  const ip = { allow: ['192.0.2.0/24'] };
  const config = configSchema.parse({
    compress: true,
    graph: { supergraph: 'supergraph.graphql', cors, ip },
    bffs: [{ package: 'a', mount: '/a', cors, ip }],
    routes: [
      { match: { path: '/b' }, to: { fixed: {} }, cors, ip },
      { match: { path: '/c' }, to: { fixed: {} }, compress: false },
    ],
  });
  const residents = await openResidents(config);
  const policies = openPolicies(config, residents, () => Promise.reject(new Error('nobody is called')));
  const authenticator = new Authenticator({ schemes: [], meter: noMeter });
  const asked = planMounts(config, [{ screens: [] }]).map((mount) => {
    const guards = routeGuards({ mount, config, residents, policies, authenticator });
    const names = Object.entries(guards).flatMap(([name, guard]) => (guard === undefined ? [] : [name]));
    return [mount.match.path, names.sort().join(' ')] as const;
  });
  await residents.close();
  const all = 'compress cors ipRules preflight';
  assert.deepEqual(Object.fromEntries(asked), {
    '/healthz': '',
    '/readyz': '',
    '/graphql': all,
    '/a/graphql': all,
    '/b': all,
    '/c': '',
  });
});
