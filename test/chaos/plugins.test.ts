/**
 * A plugin whose code never ends, in one of two workers: its worker is replaced, and the other serves. That it is named is
 * for `plugin/watchdog.test.ts`: here the supervisor may be quicker on a machine that has much to do.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { startGateway } from '../stack/gateway-process.ts';
import { freePorts } from '../stack/ports.ts';

const cache = join(ROOT, 'node_modules/.cache/frontdesk');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'plugins-'));
after(() => rmSync(folder, { recursive: true }));

const PLUGIN = `
import { writeSync } from 'node:fs';
import { definePlugin, z } from '@frontdesk/gateway/plugin';
export default definePlugin({
  name: 'endless',
  config: z.strictObject({}),
  place: { after: 'deadline' },
  middleware: () => (request, next) => {
    if (request.query === 'spin') {
      writeSync(2, 'it spins');
      for (;;);
    }
    return next();
  },
});
`;

interface WorkerView {
  readonly state: string;
  readonly pid: number;
}

test('its worker is replaced, the other serves', { timeout: 240_000 }, async (t) => {
  const [port = 0, adminPort = 0] = await freePorts(2);
  const configPath = join(folder, 'frontdesk.yaml');
  writeFileSync(join(folder, 'endless.mjs'), PLUGIN);
  const config = {
    listen: { host: '127.0.0.1', port, drain: { idle: '50ms' } },
    admin: { port: adminPort },
    workers: { count: 2, startWithin: '2m', heartbeat: '100ms', silence: '4s' },
    shedding: 'off',
    telemetry: { accessLog: { enabled: false } },
    routes: [{ match: { path: '/' }, to: { fixed: { body: 'in' } }, auth: 'none', limit: 'unlimited' }],
    plugins: [{ package: './endless.mjs' }],
  };
  writeFileSync(configPath, JSON.stringify(config));
  const gateway = await startGateway({ configPath, port, adminPort });
  t.after(() => gateway.stop());
  const ready = async (): Promise<number[]> => {
    const text = await (await fetch(`${gateway.adminUrl}/admin/workers`)).text();
    const { workers }: { workers: WorkerView[] } = JSON.parse(text);
    return workers.filter(({ state }) => state === 'ready').map(({ pid }) => pid);
  };
  const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
    const end = performance.now() + 100_000;
    while (!(await is())) {
      assert.ok(performance.now() < end, gateway.output());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** On a connection of its own. The status, or the error's code. */
  const ask = (path: string): Promise<number | string> =>
    new Promise((resolve) => {
      get(`${gateway.url}${path}`, { agent: false }, (reply) => {
        reply.resume().once('end', () => resolve(reply.statusCode ?? 0));
      }).once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
  await until(async () => (await ready()).length === 2);
  const before = await ready();

  const lost = ask('/?spin');
  // What its worker took before it stood is lost with it.
  await until(() => gateway.output().includes('it spins'));
  for (let i = 0; i < 20; i += 1) assert.equal(await ask('/'), 200);
  assert.equal(typeof (await lost), 'string', 'the one request that it had is lost');
  await until(async () => {
    const now = await ready();
    return now.length === 2 && now.some((pid) => !before.includes(pid));
  });
  for (let i = 0; i < 20; i += 1) assert.equal(await ask('/'), 200);
});
