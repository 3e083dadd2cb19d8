import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from './config/schema.ts';
import { planMounts } from './mount-plan.ts';
import { openResidents } from './residents.ts';
import { routeGuards } from './route-guards.ts';

test('a route that asks for no guard of its own has none', async () => {
  const config = configSchema.parse({ routes: [{ match: { path: '/a' }, to: { fixed: {} } }] });
  const residents = await openResidents(config);
  for (const mount of planMounts(config, [])) {
    const guards = routeGuards({ mount, config, residents });
    assert.deepEqual(
      Object.values(guards).filter((guard) => guard !== undefined),
      [],
    );
  }
  await residents.close();
});
