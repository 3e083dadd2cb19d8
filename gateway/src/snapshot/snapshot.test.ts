import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { composeSupergraph } from '../graph/supergraph/compose.ts';
import { openResidents } from '../residents/residents.ts';
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

test('a retired snapshot plans for a while, and lives on without a planner', async () => {
  const config = configSchema.parse({ telemetry: quiet, graph: { supergraph: 's', planBudget: '10s' } });
  const clock = new ManualClock();
  const residents = { ...(await openResidents(config)), clock };
  const sdl = 'type Query { a: Int }';
  const composed = await composeSupergraph([{ name: 's', url: 'http://127.0.0.1:1', sdl }]);
  assert.ok('supergraphSdl' in composed);
  const { supergraphSdl } = composed;
  const snapshot = await buildSnapshot({
    config,
    folder: import.meta.dirname,
    supergraphSdl,
    readiness: () => [],
    residents,
  });
  snapshot.retire(false);
  clock.advance(59_999);
  await snapshot.graph?.plan('{ a }');
  clock.advance(1);
  await assert.rejects(async () => snapshot.graph?.plan('{ b: a }'), { detail: /planner is closed/ });
  await snapshot.graph?.plan('{ a }');
  await snapshot.dispose();
  await residents.close();
});
