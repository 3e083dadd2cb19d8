import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { identityTokensConfig } from './identity-token-config.ts';

const messages = (written: unknown) =>
  (identityTokensConfig.safeParse(written).error?.issues ?? []).map(({ message }) => message).join('; ');

test('the first key signs, so it is private; others may be public; all are Ed25519', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const open = publicKey.export({ type: 'spki', format: 'pem' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  assert.equal(messages({ keys: [secret, open] }), '');
  assert.match(messages({ keys: [open] }), /the first one signs/);
  assert.match(messages({ keys: [secret, other.export({ type: 'pkcs8', format: 'pem' })] }), /Ed25519/);
  assert.match(messages({ keys: ['canary'] }), /Ed25519/);
  assert.doesNotMatch(messages({ keys: ['canary'] }), /canary/);
});

test('keys are published at the usual place, at another, or not', () => {
  assert.equal(identityTokensConfig.parse({}).publish, '/.well-known/jwks.json');
  assert.equal(identityTokensConfig.parse({ publish: false }).publish, false);
  assert.notEqual(messages({ publish: 'keys' }), '');
  assert.notEqual(messages({ publish: '/:keys' }), '');
});
