import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { IdentityKeys } from '../auth/to-backends/identity-keys.ts';
import { configSchema } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { BffProcesses, processSpec } from './bff-processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-processes-'));
const processes = new BffProcesses({ clock: systemClock, logger: noLogger, meter: noMeter });
after(async () => {
  await processes.close();
  rmSync(folder, { recursive: true });
});

const own = join(folder, 'own.yaml');
const fixture = join(import.meta.dirname, '../whole-gateway/bff-apart.fixture.ts');
writeFileSync(
  own,
  JSON.stringify({
    bffs: [{ package: fixture, mount: '/own' }],
    telemetry: { accessLog: { enabled: false }, level: 'error' },
  }),
);

function specOf(more: object = {}) {
  const config = configSchema.parse({
    auth: { apiKey: { header: 'x-api-key' }, identityTokens: { issuer: 'https://front.example' } },
    bffs: [{ package: fixture, mount: '/web', process: { config: own, startWithin: '120s' }, ...more }],
  });
  const [bff] = config.bffs;
  assert.ok(bff);
  return processSpec(config, bff, folder);
}

function published(...kids: string[]) {
  return { keys: kids.map((kid) => ({ kty: 'OKP', crv: 'Ed25519', x: 'x', kid })) };
}

function askSocket(
  socketPath: string,
  path: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path, headers, agent: false }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    }).once('error', reject);
  });
}

test('what it is to be: who may be nobody there, and whose word it believes', () => {
  assert.deepEqual([specOf().anonymous, specOf().issuer], [false, 'https://front.example']);
  assert.equal(specOf({ auth: ['apiKey', 'anonymous'] }).anonymous, true);
  assert.equal(specOf({ auth: 'none' }).anonymous, true);
});

test('each has a socket in a folder that its owner alone may open; another entry is another process', () => {
  const socket = processes.socketOf(specOf());
  assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700);
  assert.equal(processes.socketOf(specOf()), socket);
  assert.notEqual(processes.socketOf(specOf({ mount: '/other', name: 'web' })), socket);
  assert.equal(processes.socketOf(specOf({ objective: { availability: 99 } })), socket, 'not its own matter');
});

test('a package without a configuration of its own is refused', async () => {
  await assert.rejects(
    processes.lease(specOf({ process: { config: 'gone.yaml' } }), published()),
    /there is no .*gone.yaml/,
  );
  await assert.rejects(
    processes.lease(specOf({ process: 'own', package: '@acme/gone' }), published()),
    /no such package/,
  );
});

test('it serves at its socket for who comes with the word of the gateway, and is one for all that lease it', async () => {
  const keys = new IdentityKeys(systemClock);
  const signing = keys.lease(undefined);
  const trusted = { keys: keys.published().keys.map((key) => ({ ...key })) };
  const first = await processes.lease(specOf(), trusted);
  const second = await processes.lease(specOf(), trusted);
  assert.equal(first.value, second.value);
  assert.equal(processes.find('web'), first.value.supervisor);
  assert.equal(first.value.supervisor.state, 'ready');

  const socket = processes.socketOf(specOf());
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://front.example',
    aud: 'web',
    sub: 'u1',
    scope: 'me:read',
    iat: now,
    exp: now + 60,
  };
  const authorization = `Bearer ${signing.sign(JSON.stringify(claims))}`;
  assert.equal(await askSocket(socket, '/web/me', { authorization }), 200);
  assert.equal(await askSocket(socket, '/web/me', { 'x-user-id': 'u1', 'x-user-scopes': 'me:read' }), 401);

  await first.release();
  assert.ok(existsSync(socket), 'somebody has it still');
  await second.release();
  assert.equal(processes.find('web'), undefined);
  assert.equal(first.value.supervisor.state, 'closed');
  const left = readdirSync(dirname(socket)).filter((name) => !name.startsWith('owner-'));
  assert.ok(left.length <= 1, left.join());
});

test("it has of the gateway's environment what its entry names, and no secret beside that", {
  skip: process.platform !== 'linux',
}, async () => {
  Object.assign(process.env, {
    CANARY_OF_THE_GATEWAY: 'secret',
    SHOP_URL: 'http://shop',
    FRONTDESK_LAST_GOOD: '/x',
  });
  const spec = specOf({ process: { config: own, startWithin: '120s', env: ['SHOP_URL'] } });
  const leased = await processes.lease(spec, published('k')).finally(() => {
    for (const name of ['CANARY_OF_THE_GATEWAY', 'SHOP_URL', 'FRONTDESK_LAST_GOOD']) delete process.env[name];
  });
  const { view } = leased.value.supervisor;
  assert.ok('pid' in view);
  const environment = readFileSync(`/proc/${view.pid}/environ`, 'utf8');
  await leased.release();
  assert.match(environment, /(^|\0)SHOP_URL=http:/);
  assert.match(environment, /(^|\0)PATH=/);
  assert.doesNotMatch(environment, /CANARY|LAST_GOOD/);
});
