import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { IdentityKeys } from './identity-keys.ts';
import { IdentityToken, type IdentityTokenOptions } from './identity-token.ts';

function rig(more: Partial<IdentityTokenOptions> = {}) {
  const clock = new ManualClock();
  let signatures = 0;
  const token = new IdentityToken({
    ...{ field: 'x-identity-token', issuer: 'frontdesk', audience: 'orders', ttlMs: 60_000, claims: [] },
    ...{ keys: new IdentityKeys(clock).lease(undefined), clock, upstream: 'orders' },
    markOf: ({ subject, roles }) => `${subject} ${roles}`,
    signed: () => {
      signatures += 1;
    },
    ...more,
  });
  return { clock, token, signatures: () => signatures };
}

function claimsOf(token: string | undefined): Record<string, unknown> {
  const [, body = ''] = token?.split('.') ?? [];
  return JSON.parse(Buffer.from(body, 'base64url').toString());
}

const caller = makeIdentity({
  scopes: new Set(['a', 'b']),
  roles: ['r'],
  tenant: 't',
  claims: { sub: 'forged', iss: 'forged', email: 'e', act: { sub: 'proxy' }, aud: 'x', exp: 9e9 },
});

test('it says who asks, and nothing of the caller’s own that it was not told to', () => {
  const { token, clock } = rig({ claims: ['email', 'absent'] });
  const { jti, ...claims } = claimsOf(token.valueFor({ identity: caller }));
  const now = Math.floor(clock.wall() / 1000);
  assert.match(String(jti), /^[0-9a-f-]{36}$/);
  assert.deepEqual(claims, {
    email: 'e',
    iss: 'frontdesk',
    aud: 'orders',
    sub: 'u1',
    iat: now,
    nbf: now - 5,
    exp: now + 60,
    scope: 'a b',
    roles: ['r'],
    tenant: 't',
    scheme: 'jwt',
    act: { sub: 'proxy' },
  });
  assert.equal(token.valueFor({ identity: undefined }), undefined);
});

test('one serves for half of its life, and none is good for longer than its caller', () => {
  const { token, clock, signatures } = rig();
  const first = token.valueFor({ identity: caller });
  clock.advance(29_999);
  assert.equal(token.valueFor({ identity: caller }), first);
  clock.advance(1);
  assert.notEqual(token.valueFor({ identity: caller }), first);
  assert.equal(signatures(), 2);
  const brief = makeIdentity({ expiresAt: clock.wall() + 20_000 });
  const exp = Number(claimsOf(token.valueFor({ identity: brief })).exp) * 1000;
  assert.ok(exp <= clock.wall() + 20_000);
  const outdated = makeIdentity({ expiresAt: clock.wall() - 10_000 });
  assert.ok(Number(claimsOf(token.valueFor({ identity: outdated })).exp) * 1000 > clock.wall());
});

test('in Authorization it is a bearer token', () => {
  const { token } = rig({ field: 'authorization' });
  assert.match(token.valueFor({ identity: caller }) ?? '', /^Bearer ey/);
});

test('an identity that is made anew with each request costs no signature; another, or one that ends sooner, does', () => {
  const { token, clock, signatures } = rig();
  const value = (more = {}) => token.valueFor({ identity: makeIdentity(more) });
  const first = value();
  assert.equal(value(), first);
  assert.equal(signatures(), 1);
  assert.notEqual(value({ roles: ['admin'] }), first);
  assert.notEqual(value({ expiresAt: clock.wall() + 40_000 }), first);
  assert.equal(value(), first);
  assert.equal(signatures(), 3);
  clock.advance(30_000);
  assert.notEqual(value(), first);
});

test('what is kept of identities that are made anew is bounded', () => {
  const { token, signatures } = rig({ keys: { sign: (claims) => claims } });
  const value = (subject: string) => token.valueFor({ identity: makeIdentity({ subject }) });
  for (let i = 0; i <= 4096; i += 1) value(`u${i}`);
  value('u4096');
  assert.equal(signatures(), 4097);
  value('u0');
  assert.equal(signatures(), 4098);
});
