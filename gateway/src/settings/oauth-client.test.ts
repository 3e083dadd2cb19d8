import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { oauthClientConfig } from './oauth-client.ts';

const messages = (written: unknown) =>
  (oauthClientConfig.safeParse(written).error?.issues ?? []).map(({ message }) => message).join('; ');

test('a client needs what its method asks for', () => {
  assert.equal(messages({ id: 'gateway', secret: 's' }), '');
  assert.match(messages({ id: 'gateway' }), /expected secret, for client_secret_basic/);
  assert.match(messages({ id: 'gateway', method: 'private_key_jwt', secret: 's' }), /expected key/);
  assert.match(messages({ id: 'gateway', method: 'private_key_jwt', key: 'x' }), /private key as PEM/);
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  assert.equal(messages({ id: 'gateway', method: 'private_key_jwt', key, algorithm: 'Ed25519' }), '');
});
