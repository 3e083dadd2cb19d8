import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from './auth/authenticator.ts';
import { configSchema } from './config/schema.ts';
import { noMeter } from './core/meter.ts';
import { planMounts } from './mount-plan.ts';
import { openPolicies } from './policies.ts';
import { openResidents } from './residents.ts';
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
