import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { callerOf } from './caller.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-caller-'));
after(() => rmSync(folder, { recursive: true }));

const config = configSchema.parse({
  auth: {
    apiKey: {},
    jwt: {
      issuer: 'https://idp.example',
      audience: 'a',
      jwksUri: 'https://idp.example/jwks',
      claims: { tenant: 'org' },
    },
  },
  plans: { gold: { limit: { capacity: 1, refill: '1/s' }, scopes: ['orders:read'] } },
  consumers: [
    {
      id: 'shop',
      plan: 'gold',
      tenant: 'acme',
      apiKeys: [{ id: 'k', sha256: 'a'.repeat(64) }],
      clients: ['shop-web'],
    },
    { id: 'meter', plan: 'gold', certificates: [{ commonName: 'meter' }] },
    {
      id: 'ci',
      plan: 'gold',
      passwords: [{ scrypt: `scrypt$16384$8$5$${'A'.repeat(22)}$${'A'.repeat(43)}` }],
    },
  ],
});

test('a consumer has what its key would give it', () => {
  const caller = callerOf(config, { as: 'shop' });
  assert.deepEqual(
    [caller?.consumer, caller?.tenant, caller?.plan, caller?.scheme, [...(caller?.scopes ?? [])]],
    ['shop', 'acme', 'gold', 'apiKey', ['orders:read']],
  );
  const other = callerOf(config, { as: 'ada' });
  assert.deepEqual([other?.subject, other?.consumer, other?.scopes.size], ['ada', undefined, 0]);
  assert.equal(callerOf(config, {}), undefined);
});

test('a consumer of certificates or passwords comes by them', () => {
  assert.equal(callerOf(config, { as: 'meter' })?.scheme, 'mtls');
  assert.equal(callerOf(config, { as: 'ci' })?.scheme, 'basic');
});

test('claims are read as the issuer’s are, from text or a token', () => {
  const claims = { sub: 'ada', scope: 'a b', org: 'acme', roles: ['clerk'], client_id: 'shop-web' };
  const file = join(folder, 'token');
  writeFileSync(file, `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y\n`);
  for (const options of [{ claims: JSON.stringify(claims) }, { token: file }]) {
    const caller = callerOf(config, options);
    assert.deepEqual(
      [caller?.subject, caller?.tenant, caller?.consumer, caller?.roles, [...(caller?.scopes ?? [])]],
      ['ada', 'acme', 'shop', ['clerk'], ['a', 'b']],
    );
  }
  const both = callerOf(config, { as: 'shop', claims: '{"sub":"ada"}' });
  assert.deepEqual([both?.subject, both?.consumer, both?.tenant], ['ada', 'shop', 'acme']);
});

test('what is no object of claims is told', () => {
  assert.throws(() => callerOf(config, { claims: '[1]' }), /--claims: expected claims as a JSON object/);
  writeFileSync(join(folder, 'opaque'), 'opaque');
  assert.throws(() => callerOf(config, { token: join(folder, 'opaque') }), /holds no JWT/);
});
