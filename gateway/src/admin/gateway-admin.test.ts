import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { collect } from '../core/body.ts';
import type { Reply } from '../core/exchange.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { openResidents } from '../residents/residents.ts';
import { Generations } from '../snapshot/generations.ts';
import { buildSnapshot, type Snapshot } from '../snapshot/snapshot.ts';
import { gatewayAdmin } from './gateway-admin.ts';

const folder = import.meta.dirname;

function configOf(upstream: string, page: boolean) {
  return configSchema.parse({
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    admin: { port: 0, page },
    upstreams: { [upstream]: { url: 'http://127.0.0.1:1' } },
  });
}

/** The port over a gateway that serves `one`; `change` puts `two` in its place. */
async function open(page: boolean) {
  let config = configOf('one', page);
  const residents = await openResidents(config);
  const generations = new Generations<Snapshot>({ logger: residents.logger, meter: residents.metrics });
  const build = () =>
    buildSnapshot({ config, folder, supergraphSdl: undefined, readiness: () => [], residents });
  generations.swap(await build());
  const admin = gatewayAdmin({
    token: undefined,
    serving: () => ({ config, folder }),
    configuration: undefined,
    residents,
    generations,
    feed: { view: undefined },
    readiness: () => ['draining'],
    publicAddress: () => ({ host: '127.0.0.1', port: 1 }),
    onSwitch: () => {},
  });
  const ask = (target: string): Promise<Reply> =>
    admin.handler(makeExchange({ target, address: '127.0.0.1', host: 'localhost:4001' }).exchange);
  return {
    ask,
    text: async (target: string) =>
      new TextDecoder().decode(
        await collect((await ask(target)).body, 1 << 20, () => new Error('too large')),
      ),
    change: async () => {
      config = configOf('two', page);
      generations.swap(await build());
    },
    close: async () => {
      admin.close();
      await generations.close();
      await residents.close();
    },
  };
}

test('operators see what serves now, whatever served when the port was opened', async () => {
  const { ask, text, change, close } = await open(false);
  assert.match(await text('/admin/upstreams'), /"upstream":"one"/);
  assert.match(await text('/metrics'), /frontdesk_upstream_in_flight\{upstream="one"/);
  await change();
  assert.match(await text('/admin/upstreams'), /"upstream":"two"/);
  assert.doesNotMatch(await text('/admin/upstreams'), /"upstream":"one"/);
  assert.equal((await ask('/readyz')).status, 503);
  await close();
});

test('the page is there where it is on', async () => {
  for (const page of [true, false]) {
    const { ask, close } = await open(page);
    assert.equal((await ask('/')).status, page ? 200 : 404);
    await close();
  }
});
