import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { keyFinder } from '../jwt/key-set.ts';
import { hmacToken, jwksOf, makeKey, signToken } from '../testing/issuer.ts';
import { ProviderTokens } from './id-token.ts';

const key = makeKey('k1', 'ES256');
const other = makeKey('k2', 'ES256');
const clock = new ManualClock();
const now = clock.wall() / 1000;
const tokens = new ProviderTokens({
  issuer: 'https://id.example',
  clientId: 'gateway',
  jwks: { keyFor: keyFinder(jwksOf(key)) },
  clock,
});

const leftHalf = (text: string) =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');

const right = { iss: 'https://id.example', sub: 'ada', aud: 'gateway', iat: now, exp: now + 300, nonce: 'n' };
const sign = (claims: Record<string, unknown>, header: Record<string, unknown> = {}, by = key) =>
  signToken(by, { ...right, ...claims }, { typ: 'JWT', ...header });
const verify = (token: string) => tokens.idToken(token, { nonce: 'n', accessToken: 'access' });

test('an ID token of this login is good', async () => {
  for (const claims of [
    {},
    { azp: 'gateway' },
    { aud: ['gateway'] },
    { aud: ['gateway', 'x'], azp: 'gateway' },
    { at_hash: leftHalf('access') },
  ]) {
    assert.equal((await verify(sign(claims))).sub, 'ada');
  }
  assert.equal((await verify(sign({}, { typ: undefined }))).sub, 'ada');
});

test('an ID token of another login, client, issuer, time or key is none', async () => {
  const bad = [
    ...[
      { nonce: 'other' },
      { nonce: undefined },
      { aud: 'other' },
      { aud: ['gateway', 'x'] },
      { azp: 'other' },
    ],
    ...[{ iss: 'https://evil.example' }, { exp: now - 31 }, { exp: undefined }, { iat: undefined }],
    ...[{ sub: undefined }, { sub: '' }, { sub: 7 }, { nbf: now + 60 }, { at_hash: leftHalf('another') }],
  ].map((claims) => sign(claims));
  const forged = [
    sign({}, {}, other),
    sign({}, { kid: 'k1' }, other),
    sign({}, { typ: 'at+jwt' }),
    sign({}, { typ: 'logout+jwt' }),
    sign({}, { crit: ['b64'], b64: false }),
    hmacToken('gateway', right, { typ: 'JWT' }),
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(right)).toString('base64url')}.`,
    signToken(key, `{"sub":"eve",${JSON.stringify(right).slice(1)}`, { typ: 'JWT' }),
    'x'.repeat(20_000),
    '',
  ];
  for (const token of [...bad, ...forged]) await assert.rejects(verify(token), coded('invalid_credentials'));
});

test('after a refresh there need be no nonce', async () => {
  const claims = await tokens.idToken(sign({ nonce: undefined }), {
    nonce: undefined,
    accessToken: undefined,
  });
  assert.equal(claims.sub, 'ada');
});

const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const logout = (claims: Record<string, unknown>, typ = 'logout+jwt') =>
  tokens.logoutToken(
    signToken(
      key,
      { iss: right.iss, aud: 'gateway', iat: now, jti: 'j', events: event, sid: 's', ...claims },
      { typ },
    ),
  );

test('a logout token names a session or a subject, and is nothing else', async () => {
  assert.equal((await logout({})).sid, 's');
  assert.equal((await logout({ sid: undefined, sub: 'ada' }, 'JWT')).sub, 'ada');
  for (const claims of [
    ...[
      { events: {} },
      { events: 'x' },
      { events: undefined },
      { nonce: 'n' },
      { jti: undefined },
      { jti: 7 },
    ],
    ...[
      { sid: undefined },
      { iss: 'https://evil.example' },
      { aud: 'x' },
      { iat: now - 121 },
      { iat: now + 31 },
    ],
  ]) {
    await assert.rejects(logout(claims), coded('invalid_credentials'), JSON.stringify(claims));
  }
  await assert.rejects(logout({}, 'at+jwt'), coded('invalid_credentials'));
});
