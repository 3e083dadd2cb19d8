import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { calculateJwkThumbprint, compactVerify, createLocalJWKSet } from 'jose';
import { ManualClock } from '../../core/manual-clock.ts';
import { IdentityKeys } from './identity-keys.ts';

const pemOf = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const kids = (keys: IdentityKeys) => keys.published().keys.map(({ kid }) => kid);

test('what it signs is verified by what it publishes, and no secret is in that', async () => {
  const keys = new IdentityKeys(new ManualClock());
  const { sign } = keys.lease([pemOf()]);
  const { keys: published } = keys.published();
  const [jwk] = published;
  assert.ok(jwk);
  assert.deepEqual(Object.keys(jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  assert.equal(jwk.kid, await calculateJwkThumbprint({ ...jwk }));
  const set = createLocalJWKSet({ keys: published.map((one) => ({ ...one })) });
  const { payload, protectedHeader } = await compactVerify(sign('{"sub":"u1"}'), set);
  assert.equal(Buffer.from(payload).toString(), '{"sub":"u1"}');
  assert.deepEqual(protectedHeader, { alg: 'EdDSA', typ: 'frontdesk-identity+jwt', kid: jwk.kid });
});

test('an old key is published until its last token has expired', () => {
  const clock = new ManualClock();
  const keys = new IdentityKeys(clock);
  const [old, next] = [pemOf(), pemOf()];
  const first = keys.lease([old]);
  const second = keys.lease([next, old]);
  assert.equal(kids(keys).length, 2);
  first.release();
  first.release();
  const third = keys.lease([next]);
  second.release();
  clock.advance(359_000);
  assert.equal(kids(keys).length, 2);
  clock.advance(1000);
  assert.equal(kids(keys).length, 1);
  assert.match(third.sign('{}'), /^[\w-]+\.e30\.[\w-]+$/);
});

test('a key that nobody configured is made once', () => {
  const keys = new IdentityKeys(new ManualClock());
  const first = keys.lease(undefined);
  assert.equal(first.sign('{}'), keys.lease(undefined).sign('{}'));
  assert.equal(kids(keys).length, 1);
});
