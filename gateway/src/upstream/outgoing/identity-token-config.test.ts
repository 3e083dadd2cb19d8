import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamConfig } from '../config.ts';
import { identityTokenConfig } from './identity-token-config.ts';

const messages = (written: unknown) =>
  (identityTokenConfig.safeParse(written).error?.issues ?? []).map(({ message }) => message).join('; ');

test('the defaults are enough', () => {
  const { ttl, header, claims, audience } = identityTokenConfig.parse({});
  assert.deepEqual([ttl, header, claims, audience], [60_000, 'x-identity-token', [], undefined]);
});

test('it stands in a field of its own, or in Authorization, and lasts for a short while', () => {
  assert.equal(messages({ header: 'Authorization' }), '');
  assert.equal(messages({ header: 'X-Caller' }), '');
  for (const header of ['X-User-Id', 'Host', 'Cookie', 'Connection'])
    assert.notEqual(messages({ header }), '');
  assert.match(messages({ ttl: '1h' }), /5s to 5m/);
  assert.match(messages({ claims: ['sub'] }), /does not set itself/);
});

test('two credentials cannot stand in one field', () => {
  const upstream = { url: 'http://127.0.0.1:1', identityToken: { header: 'authorization' } };
  assert.equal(upstreamConfig.safeParse({ ...upstream, credentials: { bearer: 'x' } }).success, false);
  const other = { header: { name: 'X-Key', value: 'x' } };
  assert.equal(upstreamConfig.safeParse({ ...upstream, credentials: other }).success, true);
});
