/** Splits through the whole gateway: switches by reload and by hand under traffic, and what a reload leaves alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { composeSupergraph } from '../graph/supergraph/compose.ts';
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

describe('a subgraph behind a split', () => {
  const SDL =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.7") type Query { side: String }';

  for (const path of ['', '/graphql']) {
    test(`is asked by its sides${path && ', at the paths that they state'}; a client may force one`, async (t) => {
      const composed = await composeSupergraph([
        { name: 'a', url: 'http://nowhere.example/graphql', sdl: SDL },
      ]);
      assert.ok('supergraphSdl' in composed);
      const file = join(mkdtempSync(join(tmpdir(), 'frontdesk-split-')), 's.graphql');
      writeFileSync(file, composed.supergraphSdl);
      const side = (name: string) =>
        httpBackend(t, ({ url, headers }, response) => {
          response.setHeader('content-type', 'application/json');
          const seen = headers['x-side'] === undefined ? name : 'the field';
          response.end(JSON.stringify({ data: { side: url === '/graphql' ? seen : url } }));
        });
      const [blue, green] = [await side('blue'), await side('green')];
      const { host } = await gateway(t, {
        upstreams: {
          things: { subgraph: 'a', split: weights(100, 0, { force: { header: 'x-side' } }) },
          blue: { url: `${blue.url}${path}` },
          green: { url: `${green.url}${path}` },
        },
        graph: { supergraph: { file }, auth: 'none', headers: { forward: ['x-side'] } },
      });
      const ask = async (headers: Record<string, string>): Promise<unknown> => {
        const reply = await fetch(`http://${host}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ query: '{ side }' }),
        });
        return reply.json();
      };
      assert.deepEqual(await ask({}), { data: { side: 'blue' } });
      assert.deepEqual(await ask({ 'x-side': 'green' }), { data: { side: 'green' } });
    });
  }
});
