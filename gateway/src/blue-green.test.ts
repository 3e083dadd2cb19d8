/** Splits through the whole gateway: switches by reload and by hand under traffic, and what a reload leaves alone. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Gateway, gateway, gatewayOptions, httpBackend } from './proxied.fixture.ts';

interface Stage {
  readonly gateway: Gateway;
  readonly config: (split: object) => Record<string, unknown>;
  /** Who answers, and with which status. */
  readonly ask: (headers?: Record<string, string>) => Promise<string>;
  readonly decide: (decision: object) => Promise<number>;
}

async function stage(t: TestContext, split: object, greenStatus = 200): Promise<Stage> {
  const blue = await httpBackend(t, (_request, response) => response.end('blue'));
  const green = await httpBackend(t, (_request, response) => response.writeHead(greenStatus).end('green'));
  const config = (parted: object): Record<string, unknown> => ({
    upstreams: {
      app: { split: parted },
      blue: { url: blue.url },
      green: { url: green.url, retry: { max: 0 }, breaker: { enabled: false } },
    },
    routes: [{ match: { path: '/*' }, to: { upstream: 'app' }, auth: 'none' }],
  });
  const running = await gateway(t, config(split));
  const admin = running.running.addresses.admin?.port;
  return {
    gateway: running,
    config,
    ask: async (headers = {}) => {
      const reply = await fetch(`http://${running.host}/x`, { headers });
      return `${reply.status} ${await reply.text()}`;
    },
    decide: async (decision) => {
      const reply = await fetch(`http://127.0.0.1:${admin}/admin/splits/app`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(decision),
      });
      await reply.text();
      return reply.status;
    },
  };
}

function weights(blue: number, green: number, more: object = {}): object {
  return {
    sides: { blue: { upstream: 'blue', weight: blue }, green: { upstream: 'green', weight: green } },
    ...more,
  };
}

describe('blue/green', () => {
  test('a reload and a hand switch between two requests, and no request under way is lost', async (t) => {
    const { gateway: running, config, ask, decide } = await stage(t, weights(100, 0));
    let over = false;
    const seen = new Set<string>();
    const client = async (): Promise<void> => {
      while (!over) seen.add(await ask());
    };
    const clients = [client(), client(), client(), client()];
    assert.equal(await ask(), '200 blue');
    await running.running.replace(gatewayOptions(config(weights(0, 100))));
    assert.equal(await ask(), '200 green');
    assert.equal(await decide({ weight: 0 }), 200);
    assert.equal(await ask(), '200 blue');
    assert.equal(await decide({ resume: true }), 200);
    assert.equal(await ask(), '200 green');
    over = true;
    await Promise.all(clients);
    assert.deepEqual([...seen].sort(), ['200 blue', '200 green']);
  });
});

describe('a rollback', () => {
  test('outlives reloads that leave the split alone, and ends with one that does not', async (t) => {
    const split = weights(50, 50, { rollback: { minimumCalls: 20 }, force: { header: 'x-side' } });
    const { gateway: running, config, ask, decide } = await stage(t, split, 500);
    while (!/rolled_back\{split="app",side="green"\} 1/.test(await running.metrics()))
      for (let i = 0; i < 20; i += 1) await ask();
    for (let i = 0; i < 20; i += 1) assert.equal(await ask(), '200 blue');
    assert.equal(await ask({ 'x-side': 'green' }), '500 green', 'a tester may still look');
    await running.running.replace(gatewayOptions({ ...config(split), routing: {}, plans: {} }));
    for (let i = 0; i < 20; i += 1) assert.equal(await ask(), '200 blue');
    assert.equal(await decide({ resume: true, side: 'blue' }), 400);
    await running.running.replace(gatewayOptions(config(weights(0, 100))));
    assert.equal(await ask(), '500 green');
  });
});
