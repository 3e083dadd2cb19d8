import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { introspectionConfig } from './introspection-config.ts';

const client = { id: 'gateway', secret: 's' };
const endpoint = 'https://id.example/introspect';
const messages = (written: unknown) =>
  (introspectionConfig.safeParse(written).error?.issues ?? []).map(({ message }) => message).join('; ');

test('an endpoint and a client are enough', () => {
  const config = introspectionConfig.parse({ endpoint, client });
  assert.deepEqual(
    [config.cacheTtl, config.inactiveTtl, config.timeout, config.client.method],
    [30_000, 5000, 2000, 'client_secret_basic'],
  );
  assert.equal(introspectionConfig.parse({ issuer: 'https://id.example', client }).endpoint, undefined);
});

test('without an endpoint there must be a place to find it', () => {
  assert.match(messages({ client }), /expected endpoint, or issuer/);
  assert.match(messages({ client, issuer: 'name' }), /expected endpoint or discovery/);
  assert.match(messages({ client, endpoint, discovery: 'https://id.example/x' }), /not both/);
});

test('the client needs what its method asks for', () => {
  const of = (more: object) => messages({ endpoint, client: { id: 'gateway', ...more } });
  assert.match(of({}), /expected secret/);
  assert.match(of({ method: 'private_key_jwt', secret: 's' }), /expected key/);
  assert.match(of({ method: 'private_key_jwt', key: 'nonsense' }), /expected a private key as PEM/);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  assert.equal(of({ method: 'private_key_jwt', key, algorithm: 'ES256' }), '');
  assert.match(of({ method: 'none' }), /./);
});

test('answers are not kept for long', () => {
  assert.match(messages({ endpoint, client, cacheTtl: '1h' }), /at most 5m/);
  assert.match(messages({ endpoint, client, inactiveTtl: '5m' }), /at most 1m/);
  assert.match(messages({ endpoint, client, timeout: '1m' }), /50ms to 10s/);
});
