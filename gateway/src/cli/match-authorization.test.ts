import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { match } from './match.ts';
import { recordedTerminal } from './testing.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-match-authorization-'));
const asked: unknown[] = [];
const opa = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => {
    text += String(chunk);
  });
  request.on('end', () => {
    asked.push(JSON.parse(text));
    response.end('{"result":{"allow":false,"reason":"closed"}}');
  });
});
await new Promise<void>((resolve) => void opa.listen(0, '127.0.0.1', resolve));
after(() => {
  opa.close();
  rmSync(folder, { recursive: true });
});

const address = opa.address();
const port = typeof address === 'object' && address ? address.port : 0;
const config = join(folder, 'f.yaml');
writeFileSync(
  config,
  `auth: { apiKey: {}, jwt: { issuer: "https://idp.example", audience: a, jwksUri: "https://idp.example/jwks" } }
plans: { gold: { limit: { capacity: 1, refill: 1/s }, scopes: ["orders:read"] } }
consumers: [{ id: shop, plan: gold, tenant: acme, clients: [shop-web] }]
upstreams: { opa: { url: "http://127.0.0.1:${port}" } }
policies:
  same-tenant: { allow: identity.tenant == request.params.tenant }
  hours: { opa: { upstream: opa, path: shop/hours } }
routes:
  - match: { path: "/t/:tenant/orders", methods: [GET] }
    to: { fixed: {} }
    scopes: { any: ["orders:read", "orders:admin"] }
    policies: [same-tenant, hours]
  - { match: { path: /staff }, to: { fixed: {} }, roles: [clerk], allow: 'client.address.inCidr("10.0.0.0/8")' }
  - { match: { path: /both }, to: { fixed: {} }, auth: { all: [jwt, apiKey] } }
`,
);

async function told(url: string, options: object) {
  const terminal = recordedTerminal();
  assert.equal(await match('GET', url, { config, ...options }, terminal), 0, terminal.stderr());
  return terminal.stdout();
}

test('where each scheme is asked for, one alone is said not to be enough', async () => {
  const text = await told('/both', { as: 'shop' });
  assert.match(text, /yes scheme: jwt is accepted, if apiKey of the same caller comes with it/);
});

test('who asks, each check and what comes of it, without anybody being called', async () => {
  const text = await told('/t/acme/orders', { as: 'shop' });
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('  as '));
  assert.deepEqual(lines.slice(at, at + 4), [
    '  as subject shop, consumer shop, tenant acme, plan gold, scheme jwt, scopes orders:read',
    '    yes scheme: jwt is accepted',
    '    yes scopes: has (orders:read or orders:admin)',
    '    yes policy same-tenant: identity.tenant == request.params.tenant is true (identity.tenant = "acme", request.params.tenant = "acme")',
  ]);
  assert.match(
    lines[at + 4] ?? '',
    /^ {4}\? {3}policy hours: opa POST \/v1\/data\/shop\/hours is not asked .*"tenant":"acme"/,
  );
  assert.equal(lines[at + 5], '  so it passes, if policy hours allows it');
  assert.equal(asked.length, 0);
});

test('a refusal names the check that decides', async () => {
  const outcome = async (url: string, options: object) => /so it (.*)/.exec(await told(url, options))?.[1];
  assert.equal(
    await outcome('/t/evil/orders', { as: 'shop' }),
    'is refused: 403 forbidden by policy same-tenant',
  );
  assert.equal(
    await outcome('/t/acme/orders', { as: 'ada' }),
    'is refused: 403 insufficient_scope by scopes',
  );
  assert.equal(await outcome('/staff', { claims: '{"sub":"a"}' }), 'is refused: 403 forbidden by roles');
  const clerk = '{"sub":"a","roles":["clerk"]}';
  assert.equal(await outcome('/staff', { claims: clerk }), 'is refused: 403 forbidden by policy inline');
  assert.equal(await outcome('/staff', { claims: clerk, address: '10.1.1.1' }), 'passes');
});

test('decision points are asked where that is wanted, and all of it is there as JSON', async () => {
  const { authorization } = JSON.parse(await told('/t/acme/orders', { as: 'shop', ask: true, json: true }));
  assert.equal(authorization.outcome, '403 forbidden by policy hours');
  assert.match(authorization.checks.at(-1).says, /says denied: closed/);
  assert.equal(asked.length, 1);
  assert.deepEqual(authorization.identity.scopes, ['orders:read']);
});
