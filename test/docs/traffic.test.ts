/** The examples of gateway/docs/TRAFFIC.md, against backends of which one version fails. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { type RunningPage, startPage } from './example.ts';

interface Backends {
  readonly moved: Record<string, string>;
  /** Requests by the port that the page says. */
  readonly seen: ReadonlyMap<string, number>;
  /** Requests that said that they were copies. */
  readonly copies: ReadonlyMap<string, number>;
}

/** Each answers with the port that the page gives it; 4104 fails. */
async function backends(t: Pick<TestContext, 'after'>): Promise<Backends> {
  const moved: Record<string, string> = {};
  const seen = new Map<string, number>();
  const copies = new Map<string, number>();
  const ports = ['4101', '4102', '4103', '4104'];
  const free = await freePorts(ports.length);
  for (const [i, port] of ports.entries()) {
    const server = createServer(({ headers }, response) => {
      seen.set(port, (seen.get(port) ?? 0) + 1);
      if (headers['x-frontdesk-mirror'] === '1') copies.set(port, (copies.get(port) ?? 0) + 1);
      response.writeHead(port === '4104' ? 500 : 200).end(`${port}\n`);
    });
    server.listen(free[i] ?? 0, '127.0.0.1');
    moved[`127.0.0.1:${port}`] = `127.0.0.1:${free[i]}`;
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  return { moved, seen, copies };
}

describe('TRAFFIC.md', { timeout: 300_000 }, () => {
  test('its examples do what it says', async (t) => {
    const { moved, seen, copies } = await backends(t);
    const page: RunningPage = await startPage(t, { page: 'TRAFFIC.md', config: 'traffic.yaml', moved });
    await t.test('shares', () => page.run('shares'));
    await t.test('force', () => page.run('force'));
    await t.test('mirror', () => page.run('mirror'));
    await t.test('the shadow saw copies, and nobody else did', () => {
      assert.equal(seen.get('4103'), 3);
      assert.deepEqual([...copies], [['4103', 3]]);
    });
    await t.test('switch', () => page.run('switch'));
    await t.test('rollback', () => page.run('rollback'));
    await t.test('the canary had calls before it was rolled back, and few', () => {
      const calls = seen.get('4104') ?? 0;
      assert.ok(calls >= 20 && calls < 90, `${calls}`);
    });
  });
});
