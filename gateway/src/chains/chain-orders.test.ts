import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { DOOR_STEPS, OUTBOUND_STEPS, ROUTE_STEPS } from '../core/placed-steps.ts';
import { planMounts } from '../mounts/mount-plan.ts';
import { chainOrders } from './chain-orders.ts';

test('what is configured is in its chain, in the order of the names', async () => {
  const config = configSchema.parse({
    upstreams: {
      users: {
        url: 'http://127.0.0.1:9',
        cache: {},
        scopes: ['read'],
        request: { headers: { set: { 'x-a': 'b' } } },
      },
    },
    compress: true,
    limits: { policies: {} },
    routes: [
      {
        match: { path: '/users/*' },
        to: { upstream: 'users' },
        auth: 'none',
        cors: { origins: ['https://app.example'] },
        ip: { allow: ['127.0.0.1'] },
      },
    ],
  });
  const { door, routes, upstreams } = await chainOrders(config, '.', planMounts(config, []));
  const names = (steps: readonly { readonly name: string }[] = []) => steps.map(({ name }) => name);
  assert.deepEqual(
    names(door).filter((name) => name !== 'replyFields'),
    ['shed', 'requestId', 'accessLog', 'errorBoundary', 'hygiene'],
  );
  const inbound = names(routes.find(({ path }) => path === '/users/*')?.inbound);
  assert.deepEqual(inbound, ['ipRules', 'cors', 'deadline', 'bodyLimit', 'compress']);
  const outbound = names(upstreams.users);
  for (const name of ['scopes', 'callHeaders', 'cache']) assert.ok(outbound.includes(name), name);
  for (const [list, found] of [
    [DOOR_STEPS, names(door)],
    [ROUTE_STEPS, inbound],
    [OUTBOUND_STEPS, outbound],
  ] as const)
    assert.deepEqual(
      found,
      [...list].filter((name: string) => found.includes(name)),
    );
});
