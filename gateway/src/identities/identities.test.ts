import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiKey } from '../auth/consumers/api-key.ts';
import { credentialFields } from '../auth/credential-fields.ts';
import { anyOf, NOBODY_ASKED } from '../auth/route-auth.ts';
import { presented } from '../auth/testing/presented.ts';
import { configSchema } from '../config/schema.ts';
import { makeIdentity } from '../core/testing/exchange.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { hiddenFields } from '../policy/input.ts';
import { openResidents } from '../residents/residents.ts';
import { targetsOf } from '../upstream/config.ts';
import { authUpstreams, identityHolds, openIdentities } from './identities.ts';

const { key, sha256 } = createApiKey('k1');
const quiet = { telemetry: { accessLog: { enabled: false }, level: 'silent' } };
const jwt = { issuer: 'https://id.example', audience: 'x', jwksUri: 'https://id.example/keys?v=1' };

function configWith(more: Record<string, unknown>) {
  return configSchema.parse({
    ...quiet,
    plans: { partner: { limit: 'unlimited', scopes: ['read'] } },
    consumers: [{ id: 'acme', plan: 'partner', apiKeys: [{ id: 'k1', sha256 }] }],
    ...more,
  });
}

test("the issuer's keys have an upstream of their own, at the issuer's origin", () => {
  assert.deepEqual(authUpstreams(configWith({}).auth), {});
  const upstream = authUpstreams(configWith({ auth: { jwt } }).auth)['auth:jwks:https://id.example'];
  assert.ok(upstream);
  assert.deepEqual(targetsOf(upstream), [{ url: 'https://id.example', weight: 1 }]);
});

test('a key proves its consumer, with the scopes of its plan', async () => {
  const config = configWith({ auth: { apiKey: {} } });
  const residents = await openResidents(config);
  const plans = compilePlans(config.plans);
  const { authenticator, keySets } = openIdentities(config, plans, residents, () => assert.fail('no call'));
  assert.deepEqual(keySets, []);
  const route = authenticator.forRoute(anyOf(['apiKey']));
  const identity = await route.identify(presented({ 'x-api-key': key }));
  assert.equal(identity?.consumer, 'acme');
  assert.deepEqual([...(identity?.scopes ?? [])], ['read']);
  await residents.close();
});

test('no field that any scheme reads a credential from is seen by a policy', async () => {
  const client = { id: 'gateway', secret: 's' };
  const auth = {
    jwt,
    introspection: { endpoint: 'https://id.example/introspect', client },
    apiKey: { header: 'X-My-Key', authorization: true },
    mtls: {},
    dpop: {},
  };
  const config = configWith({ auth });
  const residents = await openResidents(config);
  const plans = compilePlans(config.plans);
  const { authenticator } = openIdentities(config, plans, residents, () => assert.fail('no call'));
  const hidden = hiddenFields(credentialFields(config.auth));
  const read = [...authenticator.forRoute(NOBODY_ASKED).credentialHeaders];
  assert.ok(read.includes('x-my-key') && read.includes('authorization'));
  assert.deepEqual(
    read.filter((name) => !hidden.has(name)),
    [],
  );
  await residents.close();
});

test('an identity of two credentials holds no longer than either: it may end, or one of them be revoked', async () => {
  const residents = await openResidents(configWith({}));
  const { revocations, clock } = residents;
  const token = makeIdentity({ scheme: 'jwt', consumer: undefined, claims: { jti: 'j1' } });
  const both = makeIdentity({ scheme: 'mtls', consumer: 'acme', also: [token] });
  assert.equal(identityHolds(both, revocations, clock), true);
  assert.equal(identityHolds({ ...both, expiresAt: clock.wall() - 1 }, revocations, clock), false);
  await revocations.revoke('j1');
  assert.equal(identityHolds(both, revocations, clock), false);
  assert.equal(identityHolds({ ...both, also: [] }, revocations, clock), true);
  const asked = (answer: boolean | Promise<boolean>) =>
    identityHolds({ ...both, also: [{ ...both, also: [], holds: () => answer }] }, revocations, clock);
  assert.deepEqual([asked(true), asked(false)], [true, false]);
  assert.deepEqual(await Promise.all([asked(Promise.resolve(true)), asked(Promise.resolve(false))]), [
    true,
    false,
  ]);
  await residents.close();
});

test('where nobody can tell of one credential, a no of the other leaves no failure that nobody hears of', async () => {
  const residents = await openResidents(configWith({}));
  const { clock } = residents;
  const revocations = Object.assign(Object.create(residents.revocations), {
    isRevoked: () => Promise.reject(new Error('gone')),
  });
  const one = makeIdentity({ also: [makeIdentity({ holds: () => false })] });
  await assert.rejects(async () => identityHolds(one, revocations, clock), /gone/);
  await residents.close();
});

test('the keys of an issuer outlive a configuration, and are fetched by the newest one', async () => {
  const config = configWith({ auth: { jwt } });
  const residents = await openResidents(config);
  const plans = compilePlans(config.plans);
  const asked: string[] = [];
  const callAs = (who: string) => async (request: { path: string }) => {
    asked.push(`${who} ${request.path}`);
    throw new Error('no keys here');
  };
  const first = openIdentities(config, plans, residents, callAs('first'));
  const second = openIdentities(config, plans, residents, callAs('second'));
  assert.equal(first.keySets[0], second.keySets[0]);
  assert.equal(first.revocations, second.revocations);
  await first.keySets[0]?.warm();
  assert.deepEqual(asked, ['second /keys?v=1']);
  const other = openIdentities(
    configWith({ auth: { jwt: { ...jwt, audience: 'y' } } }),
    plans,
    residents,
    callAs('other'),
  );
  assert.notEqual(other.keySets[0], first.keySets[0]);
  await residents.close();
});
