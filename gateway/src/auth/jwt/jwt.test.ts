/** What attackers try is in token-security.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { consumersConfig, indexConsumers } from '../consumers/consumers.ts';
import { acceptTokens } from '../testing/accepted-tokens.ts';
import { jwksOf, makeKey, signToken } from '../testing/issuer.ts';
import { presented } from '../testing/presented.ts';

const rsa = makeKey('rsa-1');
const ec = makeKey('ec-1', 'ES256');
const [A, B] = ['https://a.example', 'https://b.example'];
const consumers = indexConsumers(
  consumersConfig.parse([{ id: 'app', plan: 'free', clients: ['app-client'] }]),
  { byName: new Map([['free', { name: 'free', scopes: new Set<string>() }]]), defaultPlan: undefined },
);

const setUp = () =>
  acceptTokens({
    issuers: [
      { issuer: A, audience: 'frontdesk' },
      { issuer: B, name: 'partners', audience: 'partners', algorithms: ['ES256'], claims: { tenant: 'org' } },
    ],
    documents: [jwksOf(rsa), jwksOf(ec)],
    consumers,
  });

const claimsOn = ({ clock }: ReturnType<typeof setUp>, more: Record<string, unknown> = {}) => {
  const now = Math.floor(clock.wall() / 1000);
  return { iss: A, aud: 'frontdesk', sub: 'u1', iat: now, exp: now + 300, ...more };
};
const forB = { iss: B, aud: 'partners' };

const refusal = async (found: Promise<unknown>): Promise<FrontdeskError> => {
  const error = await found.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FrontdeskError);
  return error;
};

test('a sound token gives the identity that its claims name', async () => {
  const fixture = setUp();
  const more = { scope: 'a:read b:write', roles: ['admin'], tenant: 't1', client_id: 'app-client' };
  const claims = claimsOn(fixture, more);
  const identity = await fixture.present(signToken(rsa, claims));
  assert.deepEqual(
    [identity?.subject, identity?.consumer, identity?.plan, identity?.tenant, identity?.scheme],
    ['u1', 'app', 'free', 't1', 'jwt'],
  );
  assert.deepEqual([...(identity?.scopes ?? [])], ['a:read', 'b:write']);
  assert.deepEqual(identity?.roles, ['admin']);
  assert.equal(identity?.expiresAt, claims.exp * 1000);
});

test('a token of an issuer that ends its streams itself is no longer good for requests, but ends no stream', async () => {
  const fixture = acceptTokens({
    issuers: [{ issuer: A, audience: 'frontdesk', endsStreams: false, clockSkew: '0s' }],
    documents: [jwksOf(rsa)],
    consumers,
  });
  const token = signToken(rsa, claimsOn(fixture));
  assert.equal((await fixture.present(token))?.expiresAt, Number.POSITIVE_INFINITY);
  fixture.clock.advance(300_001);
  assert.equal((await refusal(fixture.present(token))).code, 'invalid_credentials');
});

test('a token that is known is of the consumer that has its client now', async () => {
  let [owner, stamp]: [string | undefined, object] = ['one', {}];
  const fixture = acceptTokens({
    issuers: [{ issuer: A, audience: 'frontdesk' }],
    documents: [jwksOf(rsa)],
    consumers: {
      ...consumers,
      get stamp() {
        return stamp;
      },
      byClient: {
        get: () => (owner === undefined ? undefined : { id: owner, plan: undefined, tenant: undefined }),
      },
    },
  });
  const token = signToken(rsa, claimsOn(fixture, { client_id: 'web' }));
  assert.equal((await fixture.present(token))?.consumer, 'one');
  for (owner of ['two', undefined]) {
    stamp = {};
    assert.equal((await fixture.present(token))?.consumer, owner);
  }
  assert.equal(await fixture.present(token), await fixture.present(token), 'and otherwise made once');
});

test('each issuer judges its own tokens by its own rules, and is alone asked for its keys', async () => {
  const fixture = setUp();
  const ofB = await fixture.present(signToken(ec, claimsOn(fixture, { ...forB, org: 't2', tenant: 't1' })));
  assert.equal(ofB?.tenant, 't2');
  assert.deepEqual([fixture.published.get(A)?.fetches, fixture.published.get('partners')?.fetches], [0, 1]);
  assert.equal((await fixture.present(signToken(rsa, claimsOn(fixture))))?.subject, 'u1');
  assert.deepEqual([fixture.tokens.get(A)?.size, fixture.tokens.get('partners')?.size], [1, 1]);
  // A's audience and algorithm are not B's.
  for (const wrong of [
    signToken(ec, claimsOn(fixture, { iss: B })),
    signToken(rsa, claimsOn(fixture, forB)),
    signToken(ec, claimsOn(fixture, { aud: 'partners' })),
  ]) {
    assert.equal((await refusal(fixture.present(wrong))).code, 'invalid_credentials');
  }
});

test('an issuer whose keys cannot be had harms no other', async () => {
  const fixture = setUp();
  const ofB = fixture.published.get('partners');
  assert.ok(ofB);
  ofB.answer = () => Promise.reject(new Error('down'));
  assert.equal((await refusal(fixture.present(signToken(ec, claimsOn(fixture, forB))))).status, 503);
  assert.equal((await fixture.present(signToken(rsa, claimsOn(fixture))))?.subject, 'u1');
});

test('no bearer token is no credential: other schemes and empty fields', async () => {
  const fixture = setUp();
  for (const field of ['Basic dTpw', 'Bearer', 'Bearer ', '', 'Bearerx', 'DPoP x']) {
    assert.equal(await fixture.scheme.identify(presented({ authorization: field })), undefined);
  }
  assert.equal(await fixture.scheme.identify(presented({})), undefined);
  const lower = presented({ authorization: `bearer ${signToken(rsa, claimsOn(fixture))}` });
  assert.equal((await fixture.scheme.identify(lower))?.subject, 'u1');
});

test('a burst with one token verifies it once, and then it is known at once', async () => {
  const fixture = setUp();
  const token = signToken(rsa, claimsOn(fixture));
  const burst = await Promise.all(Array.from({ length: 50 }, () => fixture.present(token)));
  assert.equal(new Set(burst).size, 1);
  assert.equal(fixture.tokens.get(A)?.size, 1);
  const request = presented({ authorization: `Bearer ${token}` });
  assert.equal(fixture.scheme.identify(request), burst[0]);
});

test('beside introspection it leaves tokens that are of no issuer of ours, and nothing that is', async () => {
  const fixture = setUp();
  const beside = fixture.scheme.among(['jwt', 'introspection']);
  assert.equal(fixture.scheme.among(['jwt', 'apiKey']), fixture.scheme);
  const ask = async (token: string) => beside.identify(presented({ authorization: `Bearer ${token}` }));
  const other = makeKey('rsa-1');
  for (const left of [
    'opaque',
    'a.b.c',
    signToken(other, { ...claimsOn(fixture), iss: 'https://c.example' }),
    `${signToken(rsa, claimsOn(fixture))}.x`,
  ]) {
    assert.equal(await ask(left), undefined, left.slice(0, 40));
    assert.equal((await refusal(fixture.present(left))).code, 'invalid_credentials');
  }
  assert.equal((await ask(signToken(rsa, claimsOn(fixture))))?.subject, 'u1');
  for (const bad of [
    signToken(other, claimsOn(fixture)),
    signToken(rsa, claimsOn(fixture, { exp: 1 })),
    signToken(rsa, claimsOn(fixture), { alg: 'none' }),
    `x.${'y'.repeat(9000)}.z`,
  ]) {
    assert.equal((await refusal(ask(bad))).code, 'invalid_credentials', bad.slice(0, 40));
  }
});
