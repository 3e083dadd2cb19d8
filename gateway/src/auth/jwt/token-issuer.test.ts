/** What attackers try is in token-security.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { acceptTokens } from '../testing/accepted-tokens.ts';
import { jwksOf, makeKey, signToken } from '../testing/issuer.ts';

const key = makeKey('k1', 'ES256');
const ISSUER = 'https://issuer.example';

function setUp(overrides: Record<string, unknown>) {
  const fixture = acceptTokens({
    issuers: [{ issuer: ISSUER, audience: 'frontdesk', ...overrides }],
    documents: [jwksOf(key)],
  });
  const at = Math.floor(fixture.clock.wall() / 1000);
  const token = (more: Record<string, unknown> = {}) =>
    signToken(key, { iss: ISSUER, aud: 'frontdesk', sub: 'u1', iat: at, exp: at + 3600, ...more });
  const outcome = (presented: string) =>
    fixture.present(presented).then(
      (identity) => `${identity?.subject}`,
      (error: unknown) => (error instanceof FrontdeskError ? `${error.status} ${error.detail}` : 'other'),
    );
  return { ...fixture, at, token, outcome };
}

test('claims that the configuration asks for', async () => {
  const { token, outcome } = setUp({ requiredClaims: ['jti'] });
  assert.match(await outcome(token()), /401 .*jti/);
  assert.equal(await outcome(token({ jti: 'j' })), 'u1');
  for (const jti of [7, '', 'x'.repeat(257)]) assert.match(await outcome(token({ jti })), /401/);
});

test('a token that is older than the issuer may make them, whatever its exp says', async () => {
  const { token, outcome, clock, at, present } = setUp({ maxAge: '10m' });
  assert.match(await outcome(token({ iat: undefined })), /401 .*iat/);
  assert.equal(await outcome(token({ iat: at - 629 })), 'u1');
  assert.match(await outcome(token({ iat: at - 630 })), /too old/);
  const identity = await present(token());
  assert.equal(identity?.expiresAt, (at + 600) * 1000, 'it ends with its age');
  clock.advance(630_000);
  assert.match(await outcome(token()), /too old/);
});

test('one of several audiences will do', async () => {
  const { token, outcome } = setUp({ audience: ['frontdesk', 'backdesk'] });
  assert.equal(await outcome(token({ aud: ['x', 'backdesk'] })), 'u1');
  assert.match(await outcome(token({ aud: ['x'] })), /401/);
});

test('the skew and the length are the issuer’s own', async () => {
  const { token, outcome, at } = setUp({ clockSkew: '0s', maxTokenBytes: '1KiB' });
  assert.match(await outcome(token({ exp: at })), /401 .*exp/);
  assert.match(await outcome(token({ padding: 'x'.repeat(1000) })), /too long/);
});

test('a token that names no key may be of any that fits, of the first four', async () => {
  const keys = Array.from({ length: 5 }, (_, i) => makeKey(`k${i}`, 'ES256'));
  const fixture = acceptTokens({
    issuers: [{ issuer: ISSUER, audience: 'frontdesk' }],
    documents: [jwksOf(...keys, makeKey('rsa'))],
  });
  const exp = Math.floor(fixture.clock.wall() / 1000) + 300;
  const outcomes = keys.map((signer) =>
    fixture
      .present(signToken(signer, { iss: ISSUER, aud: 'frontdesk', sub: signer.kid, exp }, { kid: undefined }))
      .then(
        (identity) => identity?.subject,
        (error: unknown) => (error instanceof FrontdeskError ? error.code : 'other'),
      ),
  );
  assert.deepEqual(await Promise.all(outcomes), ['k0', 'k1', 'k2', 'k3', 'invalid_credentials']);
  const stranger = signToken(
    makeKey('k0', 'ES256'),
    { iss: ISSUER, aud: 'frontdesk', sub: 'u', exp },
    { kid: undefined },
  );
  await assert.rejects(fixture.present(stranger), FrontdeskError);
});
