/**
 * Area L of the catalogue of attacks, with two workers as operators run them: a bad configuration changes nothing in any of them,
 * and secrets are nowhere that people look.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ask } from '../e2e/client.ts';
import type { Gateway } from './rig/gateway.ts';
import { callerOf, consumerEntry, keyOf, Lab } from './rig/lab.ts';

const CANARY = 'canary-of-the-secrets-0123456789';
const ADMIN_TOKEN = `${CANARY}-of-operators`;
const times = { baselineMs: 0, faultMs: 0, recoveryMs: 0, perSecond: 1, windowMs: 1, windows: 1 };

let lab: Lab;
let gateway: Gateway;
let config: Record<string, unknown>;
before(async () => {
  lab = new Lab({ ...times, isShort: true, pin: false });
  writeFileSync(join(lab.folder, 'pepper'), `${CANARY}-pepper-which-is-long-enough`);
  const backend = await lab.backend();
  config = {
    workers: 2,
    auth: { apiKey: { pepper: 'file:pepper' } },
    consumers: [consumerEntry('amber')],
    upstreams: {
      echo: { url: backend.url, credentials: { bearer: '$' + '{CANARY}-bearer' } },
      // Nobody listens there: an error that is told of.
      gone: { url: 'http://127.0.0.1:9', credentials: { bearer: '$' + '{CANARY}-bearer' } },
    },
    routes: [
      { match: { path: '/old' }, to: { upstream: 'echo' }, auth: ['apiKey'] },
      { match: { path: '/gone' }, to: { upstream: 'gone' }, auth: ['apiKey'] },
    ],
  };
  gateway = await lab.gateway({ config, env: { CANARY } });
});
after(() => lab?.close());

const url = (path: string): string => `http://127.0.0.1:${gateway.port}${path}`;

/** A new connection each time: another worker has it. */
async function statusesOf(path: string): Promise<number[]> {
  const replies = Array.from({ length: 8 }, async () => {
    const reply = await fetch(url(path), { headers: { 'x-api-key': keyOf('amber'), connection: 'close' } });
    await reply.arrayBuffer();
    return reply.status;
  });
  return [...new Set(await Promise.all(replies))];
}

async function until(is: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await is())) {
    assert.ok(performance.now() < end, `${what}\n${gateway.log}`);
    await lab.wait(50);
  }
}

const failures = (): Promise<number> => gateway.metric('frontdesk_config_reloads_total', 'outcome="refused"');

describe('two workers', { timeout: 120_000 }, () => {
  test('L153: a configuration that is invalid, cut off or half written changes nothing in any worker, and is counted', async () => {
    const next = { ...config, routes: [{ match: { path: '/new' }, to: { fixed: {} }, auth: 'none' }] };
    const whole = JSON.stringify(next, undefined, 2);
    for (const [bad, text] of [
      [{ ...next, ruotes: [] }, undefined],
      [{ ...next, routes: [{ match: { path: '/new' }, to: { upstream: 'nobody' } }] }, undefined],
      [next, whole.slice(0, whole.length / 2)],
      [next, ''],
      [next, '\0\0\0\0'],
    ] as const) {
      const before = await failures();
      gateway.write(bad, text);
      gateway.signal('SIGHUP');
      await until(async () => (await failures()) > before, 'the failure is counted');
      assert.deepEqual(await statusesOf('/old'), [200]);
      assert.deepEqual(await statusesOf('/new'), [404]);
    }
    gateway.write({ ...config, routes: next.routes });
    gateway.signal('SIGHUP');
    await until(async () => (await statusesOf('/new')).join() === '200', 'all workers serve the good one');
    gateway.write(config);
    gateway.signal('SIGHUP');
    await until(async () => (await statusesOf('/new')).join() === '404', 'and the first one again');
  });

  test('L157: secrets are in no answer, log, metric or dump of the configuration, nor where it ends badly', async () => {
    const seen: string[] = [];
    const caller = callerOf('amber');
    for (const path of ['/old', '/gone', '/nowhere', `/old?token=${CANARY}`]) {
      const reply = await fetch(url(path), { headers: { 'x-api-key': keyOf('amber') } });
      seen.push(await reply.text(), JSON.stringify([...reply.headers]));
    }
    seen.push((await ask(url('/old'), { apiKey: `${CANARY}-wrong` })).text);
    for (const path of [
      '/metrics',
      '/readyz',
      '/healthz',
      '/admin/config',
      '/admin/workers',
      '/admin/consumers',
    ]) {
      seen.push((await ask(`${gateway.adminUrl}${path}`)).text);
    }
    // A fault in the very place of a secret.
    gateway.write({ ...config, admin: { port: 'x', token: ADMIN_TOKEN }, auth: { apiKey: { pepper: 7 } } });
    const before = await failures();
    gateway.signal('SIGHUP');
    await until(async () => (await failures()) > before, 'the fault is told');
    gateway.signal('SIGABRT');
    await gateway.exited;
    seen.push(gateway.log);
    assert.ok(gateway.log.length > 200, 'there is a log');
    for (const secret of [CANARY, caller.head.split(' ')[1]?.trim() ?? CANARY]) {
      assert.deepEqual(
        seen.filter((text) => text.includes(secret)).map((text) => text.slice(0, 300)),
        [],
      );
    }
  });
});
