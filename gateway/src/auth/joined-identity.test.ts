import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeIdentity } from '../core/testing/exchange.ts';
import { joinIdentities } from './joined-identity.ts';

const certificate = makeIdentity({
  scheme: 'mtls',
  subject: 'c',
  consumer: 'acme',
  plan: 'gold',
  expiresAt: 9000,
});
const token = makeIdentity({ scheme: 'jwt', subject: 'u', consumer: undefined, expiresAt: 500 });

test('the first stands, for as long as the first to end', () => {
  const both = joinIdentities(certificate, token);
  assert.deepEqual([both.subject, both.scheme, both.consumer, both.plan], ['c', 'mtls', 'acme', 'gold']);
  assert.equal(both.expiresAt, 500);
  assert.deepEqual(both.also, [token]);
  assert.equal(joinIdentities(both, makeIdentity({ expiresAt: 100 })).also?.length, 2);
});

test('a second names the consumer that the first leaves open', () => {
  const both = joinIdentities(token, certificate);
  assert.deepEqual([both.subject, both.consumer, both.plan, both.expiresAt], ['u', 'acme', 'gold', 500]);
});

test('two that come together again are one identity', () => {
  assert.equal(joinIdentities(certificate, token), joinIdentities(certificate, token));
  assert.notEqual(joinIdentities(certificate, makeIdentity()), joinIdentities(certificate, token));
});
