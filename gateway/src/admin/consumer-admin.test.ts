import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword } from '../auth/basic/password-hash.ts';
import { anyOf } from '../auth/route-auth.ts';
import { presented } from '../auth/testing/presented.ts';
import { configSchema } from '../config/schema.ts';
import { openIdentities } from '../identities/identities.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { openResidents } from '../residents/residents.ts';
import { redisCommand, skipWithoutRedis, startRedis } from '../state/testing/redis-server.ts';
import { ConsumerAdmin, successorOf } from './consumer-admin.ts';

const PEPPER = 'canary-pepper-of-more-than-32-characters';

test('a key has a successor of a similar name', () => {
  assert.deepEqual(['k1', 'k9', 'prod', '7'].map(successorOf), ['k2', 'k10', 'prod-2', '8']);
});

test('G101: consumers and keys from making to rotation and end; no secret stays anywhere', {
  skip: skipWithoutRedis,
}, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const config = configSchema.parse({
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    state: { redis: redis.url, commandLimit: '500ms' },
    auth: { apiKey: { pepper: PEPPER } },
    plans: { gold: { limit: 'unlimited', scopes: ['read', 'write'] } },
    consumers: [{ id: 'fixed', clients: ['app'] }],
    consumersFrom: 'state',
  });
  const residents = await openResidents(config);
  t.after(() => residents.close());
  const { authenticator } = openIdentities(config, compilePlans(config.plans), residents, () =>
    assert.fail('no call'),
  );
  const route = authenticator.forRoute(anyOf(['apiKey']));
  const ask = async (key: string) => {
    const identity = await route.identify(presented({ 'x-api-key': key }));
    return [identity?.consumer, [...(identity?.scopes ?? [])].join(' ')];
  };
  const admin = new ConsumerAdmin({
    config: () => config,
    stored: residents.storedConsumers,
    use: residents.keyUse,
    wall: residents.clock.wall,
  });
  while (!residents.storedConsumers?.loaded) await new Promise((resolve) => setTimeout(resolve, 5));

  await admin.put('acme', { plan: 'gold' });
  const first = await admin.addKey('acme', { id: 'k1', scopes: ['read'] });
  assert.deepEqual(await ask(first), ['acme', 'read']);
  const { key: second, id } = await admin.rotateKey('acme', 'k1', undefined, 60_000);
  assert.equal(id, 'k2');
  assert.deepEqual(
    [await ask(first), await ask(second)],
    [
      ['acme', 'read'],
      ['acme', 'read'],
    ],
  );
  const shown = JSON.stringify(await admin.show('acme'));
  assert.match(shown, /"id":"k1","kept":"hmac","scopes":\["read"\],"expires":"[^"]+","lastUsed":"/);
  await admin.rotateKey('acme', 'k2', 'k3', 0);
  await assert.rejects(ask(second), { code: 'invalid_credentials' });
  await admin.removeKey('acme', 'k1');
  await assert.rejects(ask(first), { code: 'invalid_credentials' });

  const badRequest = { code: 'bad_request' };
  await assert.rejects(admin.put('fixed', {}), badRequest);
  await assert.rejects(admin.put('x', { plan: 'lost' }), badRequest);
  await assert.rejects(admin.put('x', { clients: ['app'] }), badRequest);
  await assert.rejects(admin.put('x', { other: 1 }), badRequest);
  // Nobody would ever look for them there.
  const { text: scrypt } = await hashPassword('a password', 2 ** 14, 8, 1);
  await assert.rejects(admin.put('x', { passwords: [{ scrypt }] }), badRequest);
  await assert.rejects(admin.put('x', { certificates: [{ commonName: 'x' }] }), badRequest);
  await assert.rejects(admin.addKey('acme', { id: 'k2' }), badRequest);
  await assert.rejects(admin.addKey('nobody', { id: 'k2' }), { code: 'not_found' });
  await assert.rejects(admin.remove('nobody'), { code: 'not_found' });
  assert.equal((await admin.list(0, 10)).known, 2);

  await residents.keyUse.tell();
  const kept = await Promise.all(
    ['HGETALL {consumers}:entries', 'HGETALL {consumers}:used'].map((command) =>
      redisCommand(redis.port, command),
    ),
  );
  const everything = [
    ...kept,
    shown,
    await residents.metrics.text(),
    JSON.stringify(await admin.list(0, 10)),
  ].join();
  assert.ok(everything.includes('acme'));
  for (const secret of [first, second, first.slice(6, 30), PEPPER]) assert.ok(!everything.includes(secret));
  await admin.remove('acme');
  assert.equal(await admin.show('acme'), undefined);
});
