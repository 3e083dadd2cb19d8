import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { keyFinder } from '../jwt/key-set.ts';
import { jwksOf, makeKey, signToken } from '../testing/issuer.ts';
import { ProviderTokens } from './id-token.ts';
import type { TokenSet } from './provider.ts';
import { SessionClaims } from './session-claims.ts';
import type { SessionRecord } from './session-store.ts';

const key = makeKey('k1', 'ES256');
const clock = new ManualClock();
const now = clock.wall() / 1000;
const ISSUER = 'https://id.example';

function setUp(claimsFrom: 'idToken' | 'accessToken', access: Record<string, unknown> = {}) {
  const jwks = { keyFor: keyFinder(jwksOf(key)) };
  return new SessionClaims({
    config: { claimsFrom, scopes: ['openid', 'email'], issuer: ISSUER, client: { id: 'gateway' } },
    tokens: new ProviderTokens({ issuer: ISSUER, clientId: 'gateway', jwks, clock }),
    accessToken: async () => ({ sub: 'ada', jti: 'of the token', iat: 7, ...access }),
  });
}

function tokens(claims: Record<string, unknown>, scope?: string): TokenSet {
  const right = { iss: ISSUER, sub: 'ada', aud: 'gateway', iat: now, exp: now + 300, nonce: 'n', sid: 's1' };
  const idToken = signToken(key, { ...right, ...claims }, { typ: 'JWT' });
  return { accessToken: 'a', lifetimeS: 60, refreshToken: 'r', idToken, scope };
}

async function begun(claims: SessionClaims, set: TokenSet): Promise<SessionRecord> {
  const own = claims.ofSession(await claims.ofLogin(set, 'n'), 'x'.repeat(43), 1_000_250);
  const times = { accessExpiresAt: 0, refreshAt: 0, createdAt: 0, endsAt: 0 };
  return { version: 1, claims: own, nonce: 'n', accessToken: 'a', refreshToken: 'r', ...times };
}

test("a session has the ID token's claims, and its own name, client and age", async () => {
  const { claims } = await begun(setUp('idToken'), tokens({ roles: ['admin'] }));
  assert.deepEqual(claims, {
    ...{ iss: ISSUER, sub: 'ada', aud: 'gateway', sid: 's1', roles: ['admin'], scope: 'openid email' },
    ...{ client_id: 'gateway', iat: 1000.25, jti: `session-${'x'.repeat(22)}` },
  });
  const granted = await begun(setUp('idToken'), tokens({}, 'openid'));
  assert.equal(granted.claims.scope, 'openid');
});

test('or those of the access token, of the same person alone', async () => {
  const { claims } = await begun(setUp('accessToken', { scope: 'orders:read' }), tokens({}));
  assert.deepEqual([claims.scope, claims.sid, claims.iat], ['orders:read', 's1', 1000.25]);
  const other = setUp('accessToken', { sub: 'eve' });
  await assert.rejects(other.ofLogin(tokens({}), 'n'), coded('invalid_credentials'));
});

test('a login without an ID token, or with that of another login, is none', async () => {
  const claims = setUp('idToken');
  await assert.rejects(
    claims.ofLogin({ ...tokens({}), idToken: undefined }, 'n'),
    coded('invalid_credentials'),
  );
  await assert.rejects(claims.ofLogin(tokens({}), 'another'), coded('invalid_credentials'));
});

test('a refresh may change roles, but neither the person nor the age by which a session is revoked', async () => {
  const claims = setUp('idToken');
  const before = await begun(claims, tokens({ roles: ['admin'] }));
  const fresh = await claims.ofRefresh(tokens({ roles: [], nonce: undefined }), before);
  assert.deepEqual([fresh.roles, fresh.iat, fresh.jti], [[], 1000.25, before.claims.jti]);
  const without = await claims.ofRefresh({ ...tokens({}), idToken: undefined }, before);
  assert.deepEqual(without, before.claims);
  for (const bad of [{ sub: 'eve' }, { nonce: 'another' }, { aud: 'x' }])
    await assert.rejects(claims.ofRefresh(tokens(bad), before), coded('invalid_credentials'));
});
