import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeIdentity } from '../../core/testing/exchange.ts';
import {
  type Dimension,
  dimensionsConfig,
  isOfIdentity,
  limitKey,
  needsOperation,
  networkOf,
} from './dimensions.ts';

const place = { template: '/x', upstream: 'users' };
const acme = makeIdentity({ subject: 'u1', consumer: 'acme', tenant: 't1', keyId: 'k1' });
const bare = makeIdentity({ subject: 'u1' });
const address = '192.0.2.1';

test('as people write them: in any order, once each, or global', () => {
  assert.deepEqual(dimensionsConfig.parse(['route', 'tenant', 'route']), ['tenant', 'route']);
  assert.deepEqual(dimensionsConfig.parse('global'), []);
  for (const wrong of [[], ['ip'], 'tenant', undefined]) {
    assert.equal(dimensionsConfig.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

test('a key says what was found, whose it is, and the rest', () => {
  const keyBy = (...by: Dimension[]) => limitKey('p', by, { identity: acme, address }, place);
  assert.deepEqual(keyBy(), ['p', '']);
  assert.deepEqual(keyBy('consumer'), ['p.consumer', 'acme']);
  assert.deepEqual(keyBy('key'), ['p.key', 'acme', 'k1']);
  assert.deepEqual(keyBy('subject'), ['p.subject', 'u1', 'acme']);
  assert.deepEqual(keyBy('tenant', 'route'), ['p.tenant.route', 't1', '/x']);
  assert.deepEqual(keyBy('consumer', 'tenant'), ['p.consumer.tenant', 'acme', 't1']);
  assert.deepEqual(keyBy('address'), ['p.address', address]);
  assert.deepEqual(keyBy('route', 'upstream'), ['p.route.upstream', '', '/x', 'users']);
  const operation = limitKey('p', ['operation'], { identity: acme, address }, place, 'Checkout');
  assert.deepEqual(operation, ['p.operation', '', 'Checkout']);
});

test('who has not what is asked for counts by itself: never unlimited, never with all others who lack it', () => {
  for (const dimension of ['consumer', 'key', 'tenant'] as const) {
    const known = limitKey('p', [dimension], { identity: bare, address }, place);
    assert.deepEqual(known, ['p.subject', 'u1', ''], dimension);
    const unknown = limitKey('p', [dimension], { identity: undefined, address }, place);
    assert.deepEqual(unknown, ['p.address', address], dimension);
  }
  const consumer = makeIdentity({ consumer: 'acme' });
  assert.deepEqual(limitKey('p', ['tenant'], { identity: consumer, address }, place), ['p.consumer', 'acme']);
  assert.deepEqual(limitKey('p', ['key'], { identity: consumer, address }, place), ['p.consumer', 'acme']);
  const nowhere = limitKey('p', ['upstream'], { identity: bare, address }, { ...place, upstream: undefined });
  assert.deepEqual(nowhere, ['p.upstream', '', '/x']);
});

test('a client with a whole IPv6 network has one count, also as an IPv4 address written in IPv6', () => {
  assert.equal(networkOf('2001:db8:1:2:3::4'), '2001:db8:1:2::/64');
  assert.equal(networkOf('2001:db8:1:2:ffff::1'), networkOf('2001:db8:1:2::9'));
  assert.notEqual(networkOf('2001:db8:1:3::1'), networkOf('2001:db8:1:2::1'));
  assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
  assert.equal(networkOf('no address:'), 'no address:');
});

test('an identity has the same key wherever it comes from, unless the address is asked for', () => {
  assert.equal(isOfIdentity(['consumer', 'route']), true);
  assert.equal(isOfIdentity(['consumer', 'address']), false);
  assert.equal(needsOperation(['operation']), true);
  assert.equal(needsOperation(['route']), false);
});

test('two askers share a key only where they are the same to all its dimensions', () => {
  const text = fc.constantFrom('a', 'b', '');
  const asker = fc.record({
    subject: text,
    consumer: fc.option(text, { nil: undefined }),
    tenant: fc.option(text, { nil: undefined }),
    keyId: fc.option(text, { nil: undefined }),
  });
  const by = fc.uniqueArray(fc.constantFrom<Dimension>('consumer', 'key', 'subject', 'tenant'), {
    minLength: 1,
  });
  fc.assert(
    fc.property(asker, asker, by, (one, other, asked) => {
      const keyOf = (who: typeof one) =>
        limitKey('p', asked, { identity: makeIdentity(who), address }, place);
      if (JSON.stringify(keyOf(one)) !== JSON.stringify(keyOf(other))) return;
      for (const dimension of asked) {
        if (dimension === 'tenant') assert.equal(one.tenant, other.tenant);
        else if (dimension === 'subject') assert.equal(one.subject, other.subject);
        else assert.equal(one.consumer, other.consumer);
      }
    }),
  );
});
