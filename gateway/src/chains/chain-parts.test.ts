import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authenticator } from '../auth/authenticator.ts';
import { configSchema } from '../config/schema.ts';
import { noMeter } from '../core/meter.ts';
import { compilePlans, plansConfig } from '../limits/plans/plans.ts';
import { planMounts } from '../mounts/mount-plan.ts';
import { routePartsOf } from './chain-parts.ts';

test('a route that asks nobody has no authenticator, and its own plugins', () => {
  const config = configSchema.parse({ routes: [{ match: { path: '/a' }, to: { fixed: {} }, auth: 'none' }] });
  const mount = planMounts(config, []).find(({ match }) => match.path === '/a');
  assert.ok(mount);
  const authenticator = new Authenticator({ schemes: [], meter: noMeter } as unknown as ConstructorParameters<
    typeof Authenticator
  >[0]);
  const limits = { door: undefined, of: () => undefined };
  const common = {
    plans: compilePlans(plansConfig.parse({})),
    limits,
    identities: { authenticator },
    residents: { tracing: undefined },
  };
  const plugins = [{ name: 'p', place: { before: 'handler' }, step: async () => assert.fail() }] as const;
  const parts = routePartsOf(mount, common, { guards: {}, plugins });
  assert.deepEqual([parts.authenticator, parts.plugins, parts.traced], [undefined, plugins, false]);
});
