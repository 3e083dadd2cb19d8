import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { openIdentities } from '../identities/identities.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { gatherMounts } from '../mounts/mounts.ts';
import { openResidents } from '../residents/residents.ts';
import { openSnapshotStreams } from '../snapshot/snapshot-streams.ts';
import { openPlugins } from './plugins.ts';
import { openPolicies } from './policies.ts';
import { openChains } from './snapshot-chains.ts';

const folder = import.meta.dirname;
const callUpstream = () => assert.fail('nobody is called');

test('the door finds a mount by the table, each through its own steps, and answers what the listener refused', async () => {
  const config = configSchema.parse({
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    auth: { apiKey: {} },
    routes: [
      { match: { path: '/open' }, to: { fixed: { body: 'hi' } }, auth: 'none' },
      { match: { path: '/closed' }, to: { fixed: { body: 'hi' } } },
    ],
  });
  const residents = await openResidents(config);
  const plans = compilePlans(config.plans);
  const identities = openIdentities(config, plans, residents, callUpstream);
  const plugins = await openPlugins(config, folder, residents);
  const policies = openPolicies(config, residents, callUpstream);
  const streams = openSnapshotStreams(config, identities, residents);
  const mounts = await gatherMounts({
    ...streams,
    config,
    folder,
    callUpstream,
    upstreams: new Set(),
    graph: undefined,
    readiness: () => [],
    residents,
    policies,
    sessions: undefined,
  });
  const parts = { config, mounts: mounts.list, plans, identities, policies, plugins, residents };
  const { handle, refuse, routes } = await openChains(parts);
  const statusAt = async (target: string) => (await handle(makeExchange({ target }).exchange)).status;
  assert.deepEqual(
    [await statusAt('/open'), await statusAt('/closed'), await statusAt('/none')],
    [200, 401, 404],
  );
  assert.equal(routes.match(makeExchange({ target: '/open' }).exchange).kind, 'found');
  const refused = await refuse(makeExchange().exchange, new FrontdeskError('payload_too_large'));
  assert.equal(refused.status, 413);
  streams.dispose();
  await plugins.release();
  await residents.close();
});
