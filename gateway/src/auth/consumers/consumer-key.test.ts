import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { consumerKeyConfig, hmacOf, knownKey, sha256Of } from './consumer-key.ts';

const sha256 = 'a'.repeat(64);
const plan = { name: 'gold', scopes: new Set(['read', 'write']) };

function scopesOf(scopes: string[] | undefined, of: typeof plan | undefined): string[] {
  const key = consumerKeyConfig.parse({ id: 'k1', sha256, ...(scopes ? { scopes } : {}) });
  return [...knownKey(key, { id: 'acme', tenant: undefined, plan: of }).identity.scopes];
}

test("a key's scopes narrow its plan's and never widen them; without a plan they are its own", () => {
  assert.deepEqual(scopesOf(undefined, plan), ['read', 'write']);
  assert.deepEqual(scopesOf(['read', 'admin'], plan), ['read']);
  assert.deepEqual(scopesOf([], plan), []);
  assert.deepEqual(scopesOf(['read'], undefined), ['read']);
  assert.deepEqual(scopesOf(undefined, undefined), []);
});

test('a key is kept in one way', () => {
  assert.equal(consumerKeyConfig.safeParse({ id: 'k1' }).success, false);
  assert.equal(consumerKeyConfig.safeParse({ id: 'k1', sha256, hmac: sha256 }).success, false);
  assert.equal(consumerKeyConfig.safeParse({ id: 'k1', hmac: sha256.toUpperCase() }).data?.hmac, sha256);
});

test('digests are those of FIPS 180-4 and RFC 2104', () => {
  assert.equal(sha256Of('abc').toString('hex').slice(0, 16), 'ba7816bf8f01cfea');
  const hmac = createHmac('sha256', 'pepper').update('abc').digest();
  assert.deepEqual(hmacOf('abc', 'pepper'), hmac);
});
