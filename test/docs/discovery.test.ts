/** The examples of gateway/docs/DISCOVERY.md, with a file and a real etcd. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

const PROGRAM = process.env.FRONTDESK_TEST_ETCD;
const NAMES = ['4101', '4102', '4103', '4104'];
const START_WITHIN_MS = 20_000;
const RETRY_MS = 50;

/** Each answers with the port that the page gives it. */
async function backends(t: TestContext): Promise<Record<string, string>> {
  const free = await freePorts(NAMES.length);
  const moved: Record<string, string> = {};
  for (const [i, name] of NAMES.entries()) {
    const server = createServer((_, response) => response.end(`${name}\n`));
    server.listen(free[i], '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    moved[`127.0.0.1:${name}`] = `127.0.0.1:${free[i]}`;
  }
  return moved;
}

/** An etcd with one key. Resolves to where it listens. */
async function etcd(t: TestContext, key: string, value: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-etcd-'));
  const [client = 0, peer = 0] = await freePorts(2);
  const [url, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const listen = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peerUrl];
  const cluster = ['--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`];
  const args = ['--data-dir', folder, '--log-level', 'error', ...listen, ...cluster];
  const child = spawn(PROGRAM ?? 'etcd', args, { stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  const body = JSON.stringify({ key: btoa(key), value: btoa(value) });
  const until = performance.now() + START_WITHIN_MS;
  for (;;) {
    const reply = await fetch(`${url}/v3/kv/put`, { method: 'POST', body }).catch(() => undefined);
    if (reply?.ok) return `127.0.0.1:${client}`;
    if (performance.now() > until) throw new Error('etcd did not start');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

const skip = PROGRAM === undefined ? 'needs etcd: run it by npm test' : false;

describe('DISCOVERY.md', { timeout: 300_000, skip }, () => {
  test('its examples do what it says', async (t) => {
    const moved = await backends(t);
    const first = moved['127.0.0.1:4103'] ?? '';
    moved['127.0.0.1:2379'] = await etcd(t, '/services/orders/a', `http://${first}`);
    const page = await startPage(t, { page: 'DISCOVERY.md', config: 'discovery.yaml', moved });
    for (const title of ['file', 'etcd', 'check']) await t.test(title, () => page.run(title));
  });
});
