import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from './config/schema.ts';
import { makeExchange } from './core/testing/exchange.ts';
import { openResidents } from './residents.ts';
import { buildSnapshot } from './snapshot.ts';

const quiet = { accessLog: { enabled: false }, level: 'silent' };
const upstreams = { a: { url: 'http://127.0.0.1:1' } };
const fixed = (path: string, more: object = {}) => ({
  match: { path },
  to: { fixed: { body: 'hi' } },
  ...more,
});

async function withSnapshot(
  config: Record<string, unknown>,
  use: (snapshot: Awaited<ReturnType<typeof buildSnapshot>>) => Promise<void>,
): Promise<void> {
  const parsed = configSchema.parse({ telemetry: quiet, upstreams, ...config });
  const residents = await openResidents(parsed);
  try {
    const snapshot = await buildSnapshot({
      config: parsed,
      folder: import.meta.dirname,
      supergraphSdl: undefined,
      readiness: () => [],
      residents,
    });
    await use(snapshot);
    await snapshot.dispose();
    assert.equal(residents.endpoints.size, 0);
  } finally {
    await residents.close();
  }
}

test('a route asks for every configured scheme where it names none, and for none where it says so', async () => {
  const config = { auth: { apiKey: {} }, routes: [fixed('/closed'), fixed('/open', { auth: 'none' })] };
  await withSnapshot(config, async ({ handle }) => {
    assert.equal((await handle(makeExchange({ target: '/closed' }).exchange)).status, 401);
    assert.equal((await handle(makeExchange({ target: '/open' }).exchange)).status, 200);
  });
});

test('a route that asks for scopes lets nobody in whom nothing could prove', async () => {
  await withSnapshot({ routes: [fixed('/a', { auth: 'none', scopes: ['s'] })] }, async ({ handle }) => {
    assert.equal((await handle(makeExchange({ target: '/a' }).exchange)).status, 401);
  });
});

test('what cannot be built holds nothing', async () => {
  const config = configSchema.parse({ telemetry: quiet, upstreams, routes: [fixed('/a'), fixed('/a')] });
  const residents = await openResidents(config);
  const parts = {
    config,
    folder: import.meta.dirname,
    supergraphSdl: undefined,
    readiness: () => [],
    residents,
  };
  await assert.rejects(buildSnapshot(parts), /routes\[0\].*routes\[1\]/);
  assert.equal(residents.endpoints.size, 0);
  await residents.close();
});
