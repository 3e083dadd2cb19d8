import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumerIndex } from '../consumers/consumers.ts';
import { claimAt, claimsConfig, identityOf } from './identity-of.ts';

const free = { name: 'free', scopes: new Set(['ignored']) };
const gold = { name: 'gold', scopes: new Set<string>() };
const consumers: ConsumerIndex = {
  keysByDigestPrefix: new Map(),
  stamp: {},
  byClient: new Map([
    ['client-1', { id: 'acme', plan: gold, tenant: 'acme-tenant' }],
    ['client-2', { id: 'ours', plan: gold, tenant: 'our-tenant', issuer: 'https://id.example' }],
  ]),
  defaultPlan: free,
};
const names = claimsConfig.parse(undefined);
const of = (claims: Record<string, unknown>, config = names) =>
  identityOf({ sub: 'u1', ...claims }, 1000, { scheme: 'jwt', names: config, consumers });

test('client_id stands before azp; who is nobody’s client has the default plan', () => {
  assert.deepEqual([of({ azp: 'client-1' }).consumer, of({ azp: 'client-1' }).plan], ['acme', 'gold']);
  assert.equal(of({ client_id: 'other', azp: 'client-1' }).consumer, undefined);
  assert.deepEqual([of({}).consumer, of({}).plan], [undefined, 'free']);
  assert.equal(of({ client_id: '__proto__' }).consumer, undefined);
});

test('F85: a consumer of one issuer is nobody that another issuer names', () => {
  const ours = of({ client_id: 'client-2', iss: 'https://id.example' });
  assert.deepEqual([ours.consumer, ours.plan, ours.tenant], ['ours', 'gold', 'our-tenant']);
  for (const iss of ['https://other.example', 'https://id.example/', undefined]) {
    const theirs = of({ client_id: 'client-2', iss });
    assert.deepEqual([theirs.consumer, theirs.plan, theirs.tenant], [undefined, 'free', undefined]);
  }
  assert.equal(of({ client_id: 'client-1', iss: 'https://other.example' }).consumer, 'acme');
});

test('an issuer that knows the consumers names them by a claim, where the configuration says so', () => {
  const told = claimsConfig.parse({ consumer: 'consumer' });
  assert.deepEqual(
    [of({ consumer: 'acme' }).consumer, of({ consumer: 'acme' }, told).consumer],
    [undefined, 'acme'],
  );
  assert.equal(
    of({ consumer: 'other', client_id: 'client-1' }, told).consumer,
    'acme',
    'what is known here counts',
  );
  for (const consumer of [7, '', 'a\nb', 'x'.repeat(300)])
    assert.equal(of({ consumer }, told).consumer, undefined);
});

test('scopes come from the token alone, as text or as a list', () => {
  assert.deepEqual([...of({ scope: 'a  b', scp: ['c', 'd e', 7, 'f,g'] }).scopes], ['a', 'b', 'c']);
  assert.deepEqual([...of({}).scopes], []);
  assert.deepEqual([...of({ scope: { admin: true } }).scopes], []);
});

test('roles and tenant by their names, by paths, and from the consumer', () => {
  const config = { roles: 'realm_access.roles', tenant: 'https://x.example/tenant' };
  const identity = of(
    { realm_access: { roles: ['Billing Admin', 'a,b', 'c\r\nd'] }, 'https://x.example/tenant': 't' },
    config,
  );
  assert.deepEqual(identity.roles, ['Billing Admin']);
  assert.equal(identity.tenant, 't');
  assert.equal(of({ client_id: 'client-1' }).tenant, 'acme-tenant');
  assert.equal(of({ tenant: 'a\nb' }).tenant, undefined);
  assert.equal(claimAt({ a: { b: 1 } }, 'a.b'), 1);
  assert.equal(claimAt({ a: {} }, 'a.constructor.name'), undefined);
});
