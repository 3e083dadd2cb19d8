/**
 * Two gateways in processes of their own, over one Redis: what an operator revokes at one holds at the other as soon as
 * it is told, not when it is next read; and what happens while Redis is gone is what the policy says.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ROOT } from '../stack/config.ts';
import { freePorts } from '../stack/ports.ts';
import { type ServedGateway, serve } from './gateway.ts';

/** What is written is read again after ten seconds at most: what holds within this was told. */
const TOLD_WITHIN_MS = 1000;
const SETTLED_WITHIN_MS = 5000;
const ISSUER = 'https://issuer.example';

const installed = spawnSync('redis-server', ['--version']).status === 0;
const skip = installed ? false : 'redis-server is not installed';

let redis: ChildProcess;
let redisPort = 0;
let gateways: [ServedGateway, ServedGateway];
const folder = mkdtempSync(join(tmpdir(), 'frontdesk-revocation-'));
const signing = await generateKeyPair('ES256', { extractable: true });
const jwks = { keys: [{ ...(await exportJWK(signing.publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] };
const keys = Object.fromEntries(
  ['one', 'two', 'three'].map((id) => [id, `fd_${id}_${randomBytes(19).toString('hex')}`]),
);

/** Empty, on the port of the one before. */
async function startRedis(): Promise<void> {
  const flags = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  redis = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { stdout } = redis;
  assert.ok(stdout);
  while (!String(await once(stdout, 'data')).includes('Ready to accept'));
}

async function killRedis(): Promise<void> {
  const gone = once(redis, 'exit');
  redis.kill('SIGKILL');
  await gone;
}

const config = (url: string): Record<string, unknown> => ({
  state: { redis: url, commandLimit: '1s' },
  telemetry: { level: 'debug' },
  auth: {
    jwt: { issuer: ISSUER, audience: 'here', keys: jwks, algorithms: ['ES256'] },
    apiKey: {},
    revocation: { whenStoreIsGone: 'deny' },
    failures: 'unlimited',
  },
  consumers: [
    { id: 'acme', apiKeys: Object.entries(keys).map(([id, key]) => ({ id, sha256: sha256Of(key) })) },
  ],
  routes: [{ match: { path: '/' }, to: { fixed: { body: 'in' } }, auth: ['jwt', 'apiKey'] }],
});

const redisUrl = (): string => `redis://127.0.0.1:${redisPort}`;

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function tokenOf(sub: string, more: Record<string, unknown> = {}): Promise<Record<string, string>> {
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ iss: ISSUER, aud: 'here', sub, iat: now - 5, exp: now + 300, ...more })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
    .sign(signing.privateKey);
  return { authorization: `Bearer ${token}` };
}

const keyOf = (id: string): Record<string, string> => ({ 'x-api-key': keys[id] ?? '' });

const statusAt = async ({ url }: ServedGateway, headers: Record<string, string>): Promise<number> => {
  const reply = await fetch(url, { headers });
  await reply.arrayBuffer();
  return reply.status;
};

async function revokeAt({ adminUrl }: ServedGateway, body: object): Promise<number> {
  const reply = await fetch(`${adminUrl}/admin/revocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await reply.arrayBuffer();
  return reply.status;
}

/** On a machine with much else to do a gateway may be slow to answer at all: it is asked this often before it is late. */
const LEAST_ASKED = 20;

/** Asks until the answer is this; fails once the time is over. */
async function becomes(
  gateway: ServedGateway,
  headers: Record<string, string>,
  wanted: number,
  withinMs: number,
) {
  const until = performance.now() + withinMs;
  for (let asked = 1; ; asked += 1) {
    const askedAt = performance.now();
    const status = await statusAt(gateway, headers);
    if (status === wanted) return;
    assert.ok(
      askedAt < until || asked < LEAST_ASKED,
      `still ${status} after ${withinMs} ms, and not ${wanted}`,
    );
    await wait(10);
  }
}

before(async () => {
  if (skip) return;
  [redisPort = 0] = await freePorts(1);
  await startRedis();
  gateways = await Promise.all([serve(folder, config(redisUrl())), serve(folder, config(redisUrl()))]);
});

after(async () => {
  await Promise.all((gateways ?? []).map((gateway) => gateway.stop()));
  if (redis) await killRedis();
  rmSync(folder, { recursive: true, force: true });
});

test('G101, F98: no key and no token is in any log, metric, answer of the admin port or key of Redis', {
  skip,
}, async () => {
  const secrets = new Set<string>();
  const good = keyOf('two')['x-api-key'] ?? '';
  const mistyped = `${good.slice(0, -1)}${good.endsWith('a') ? 'b' : 'a'}`;
  const [token] = Object.values(await tokenOf('eve', { jti: 'canary' }));
  for (const gateway of gateways) {
    for (const [name, value] of [
      ['x-api-key', good],
      ['x-api-key', mistyped],
      ['x-api-key', `fd_never_${randomBytes(19).toString('hex')}`],
      ['authorization', token ?? ''],
      ['authorization', `${token}x`],
      ['authorization', 'Bearer a-secret-that-is-no-token'],
    ] as const) {
      secrets.add(value.replace('Bearer ', ''));
      await statusAt(gateway, { [name]: value });
    }
    // Where clients must not put it, but do.
    await statusAt(
      { ...gateway, url: `${gateway.url}/?api_key=${good}&access_token=${token?.slice(7)}` },
      {},
    );
  }
  const told = [
    ...gateways.map((gateway) => gateway.output()),
    ...(await Promise.all(gateways.map((gateway) => gateway.metrics()))),
    ...(await Promise.all(
      ['consumers', 'revocations', 'upstreams'].map(async (what) =>
        (await fetch(`${gateways[0].adminUrl}/admin/${what}`)).text(),
      ),
    )),
    String(spawnSync('redis-cli', ['-p', `${redisPort}`, 'KEYS', '*']).stdout),
  ];
  assert.ok(told.every((text) => text.length > 0));
  for (const secret of secrets) {
    for (const text of told) {
      const at = text.indexOf(secret);
      assert.equal(at, -1, at < 0 ? '' : `${text.slice(Math.max(0, at - 200), at)}…`);
    }
  }
});

test('G101: a configuration that is refused is not shown with its secrets', () => {
  const key = `fd_leaked_${randomBytes(19).toString('hex')}`;
  const secret = 'a-short-secret';
  const faulty = {
    ...config('redis://127.0.0.1:1'),
    auth: { apiKey: { pepper: secret }, introspection: { client: { id: 'x', secret: { of: secret } } } },
    consumers: [
      {
        id: 'acme',
        apiKeys: [
          { id: 'one', sha256: key },
          { id: 'two', key },
        ],
      },
    ],
  };
  const file = join(folder, 'faulty.yaml');
  writeFileSync(file, JSON.stringify(faulty, undefined, 1));
  const main = join(ROOT, 'gateway/src/main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'check', '--config', file]);
  assert.notEqual(status, 0);
  const told = `${stdout}${stderr}`;
  assert.match(told, /pepper/);
  for (const one of [key, secret]) assert.ok(!told.includes(one), told);
});

test('F96, G103: what is revoked at one gateway is refused at the other as soon as it is told', {
  skip,
}, async () => {
  const [here, there] = gateways;
  const cases: [object, Record<string, string>, ServedGateway, ServedGateway][] = [
    [{ consumer: 'acme', key: 'one' }, keyOf('one'), here, there],
    [{ jti: 't1' }, await tokenOf('ann', { jti: 't1' }), there, here],
    [{ subject: 'bob' }, await tokenOf('bob'), here, there],
    [{ session: 's1' }, await tokenOf('cid', { sid: 's1' }), there, here],
  ];
  for (const [body, credential, at, other] of cases) {
    assert.deepEqual([await statusAt(at, credential), await statusAt(other, credential)], [200, 200]);
    assert.equal(await revokeAt(at, body), 204);
    assert.equal(await statusAt(at, credential), 401, 'here at once');
    await becomes(other, credential, 401, TOLD_WITHIN_MS);
  }
  const anew = await tokenOf('bob', { iat: Math.floor(Date.now() / 1000) + 2 });
  assert.equal(await statusAt(there, anew), 200, 'who comes again comes in');
  assert.equal(await statusAt(there, keyOf('two')), 200, 'and nobody else is concerned');
});

test('F96: Redis is killed and comes back empty: by the policy meanwhile, and nothing that was seen is forgotten', {
  skip,
}, async () => {
  const [here, there] = gateways;
  await killRedis();
  await becomes(there, keyOf('two'), 503, SETTLED_WITHIN_MS);
  assert.equal(await statusAt(there, keyOf('one')), 401, 'what is known to be revoked is no question');
  assert.equal(
    await revokeAt(here, { consumer: 'acme', key: 'three' }),
    503,
    'who revokes learns that it is not told',
  );
  assert.equal(await statusAt(here, keyOf('three')), 401, 'though here it holds');
  await startRedis();
  // Each finds it again in its own time.
  for (const gateway of gateways) await becomes(gateway, keyOf('two'), 200, SETTLED_WITHIN_MS);
  assert.equal(await statusAt(there, keyOf('one')), 401);
  assert.equal(await revokeAt(here, { consumer: 'acme', key: 'three' }), 204);
  await becomes(there, keyOf('three'), 401, TOLD_WITHIN_MS);
});
