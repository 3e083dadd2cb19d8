/** Plugins in a whole gateway, and the order of its chains with and without them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { planMounts } from '../mounts/mount-plan.ts';
import { chainOrders } from './chain-orders.ts';
import { pluginSite, STAMP } from './plugins.fixture.ts';

const { folder, write } = pluginSite();

function read(plugins: string): Config {
  const loaded = loadConfig(write(plugins), {});
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.faults.map(({ message }) => message).join());
  return loaded.config;
}

async function orders(plugins: string) {
  const config = read(plugins);
  return chainOrders(config, folder, planMounts(config, []));
}

test('without plugins chains are ours alone; with one they differ by it, and where it is for', async () => {
  const without = await orders('');
  const stamped = await orders(
    `plugins: [{ package: "${STAMP}", config: { header: x-stamp }, routes: [/users/*] }]\n`,
  );
  const namesOf = (all: typeof without, path: string) =>
    all.routes.find((one) => one.path === path)?.inbound.map(({ name }) => name);
  assert.deepEqual(namesOf(without, '/users/*'), ['deadline', 'bodyLimit']);
  assert.deepEqual(namesOf(stamped, '/users/*'), ['deadline', 'stamp', 'bodyLimit']);
  assert.deepEqual(namesOf(stamped, '/fixed'), ['deadline', 'bodyLimit']);
  assert.deepEqual(stamped.door, without.door);
  assert.deepEqual(stamped.upstreams, without.upstreams);
});

test('health has no plugins, though one is for all routes', async () => {
  const { routes } = await orders(`plugins: [{ package: "${STAMP}", config: { header: x-stamp } }]\n`);
  const stamped = routes
    .filter(({ inbound }) => inbound.some(({ isPlugin }) => isPlugin))
    .map(({ path }) => path);
  assert.deepEqual(stamped, ['/users/*', '/fixed']);
});
