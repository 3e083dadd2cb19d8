/** Keys, caches and revocation under attack: area F of the catalogue of attacks, by their numbers. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { attack, ISSUER, rsa } from './testing/attacked-tokens.ts';
import { base64url, jwksOf, makeKey, signToken } from './testing/issuer.ts';
import { presented } from './testing/presented.ts';

let fixture = attack();
beforeEach(() => {
  fixture = attack();
});

const fetches = (): number => fixture.keys.fetches;
const nowS = () => Math.floor(fixture.clock.wall() / 1000);
const claims = (more?: Record<string, unknown>) => fixture.claims(more);
const accepted = (token: string) => fixture.accepted(token);
const refused = (token: string, why?: RegExp) => fixture.refused(token, why);

test('F91: a verified token is known by all of itself, not past its end or a minute', async () => {
  const token = signToken(rsa, claims({ exp: nowS() + 90 }));
  await accepted(token);
  const [head, payload, signature = ''] = token.split('.');
  const other = base64url(claims({ sub: 'admin' }));
  await refused(`${head}.${other}.${signature}`, /signature/i);
  await refused(`${head}.${payload}.${signature.slice(0, -4)}AAAA`, /signature/i);
  const request = presented({ authorization: `Bearer ${token}` });
  assert.ok(!(fixture.scheme.identify(request) instanceof Promise), 'a known token is answered at once');
  fixture.clock.advance(60_000);
  assert.ok(fixture.scheme.identify(request) instanceof Promise);
  await fixture.present(token);
  fixture.clock.advance(60_000);
  await refused(token, /exp/);
});

test('F91: a cached token is not accepted past its expiry', async () => {
  const token = signToken(rsa, claims({ exp: nowS() + 10 }));
  const identity = await fixture.present(token);
  assert.equal(identity?.expiresAt, (nowS() + 10) * 1000);
  fixture.clock.advance(10_000 + 29_000);
  await accepted(token);
  fixture.clock.advance(1000);
  await refused(token, /exp/);
});

test('F92: a thousand unknown kids a second cause one fetch in thirty seconds', async () => {
  await accepted(signToken(rsa, claims()));
  const payload = claims();
  const [, middle, signature] = signToken(rsa, payload).split('.');
  for (let second = 0; second < 30; second += 1) {
    const presentedNow = Array.from({ length: 200 }, (_, i) => {
      const head = base64url({ alg: 'RS256', kid: `x${second}-${i}`, typ: 'at+jwt' });
      return refused(`${head}.${middle}.${signature}`);
    });
    await Promise.all(presentedNow);
    fixture.clock.advance(1000);
  }
  assert.ok(fetches() <= 2, `${fetches()} fetches`);
});

test('F93: without keys nobody can tell and it is not ready; with old ones it goes on for an hour', async () => {
  const { keys } = fixture;
  keys.answer = () => Promise.reject(new Error('down'));
  const token = () => signToken(rsa, claims());
  const outcome = () =>
    fixture.present(token()).then(
      () => 200,
      (error) => error.status,
    );
  assert.equal(await outcome(), 503);
  assert.equal(fixture.keySets.get(ISSUER)?.ready, false);
  keys.answer = async () => jwksOf(rsa);
  fixture.clock.advance(30_000);
  assert.equal(await outcome(), 200);
  assert.equal(fixture.keySets.get(ISSUER)?.ready, true);
  keys.answer = () => Promise.reject(new Error('down'));
  fixture.clock.advance(3_599_000);
  assert.equal(await outcome(), 200);
  fixture.clock.advance(1000);
  assert.equal(await outcome(), 503);
});

test('F94: keys that are replaced under load cause no false 401', async () => {
  const next = makeKey('rsa-2');
  const old = signToken(rsa, claims({ n: 0 }));
  await accepted(old);
  const { keys } = fixture;
  keys.answer = async () => jwksOf(next, rsa);
  fixture.clock.advance(30_000);
  const tokens = Array.from({ length: 100 }, (_, n) => signToken(n % 2 ? next : rsa, claims({ n })));
  await Promise.all(tokens.map(accepted));
  assert.equal(fetches(), 2);
});

test('F95: a key set that is not sound changes nothing', async () => {
  const unsound: unknown[] = [
    '<html>',
    {},
    { keys: [] },
    { keys: [{ kty: 'oct', k: 'AA' }] },
    jwksOf(rsa, rsa),
  ];
  await accepted(signToken(rsa, claims()));
  const { keys } = fixture;
  for (const [n, document] of unsound.entries()) {
    keys.answer = async () => document;
    fixture.clock.advance(300_000);
    await accepted(signToken(rsa, claims({ n })));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(fetches(), n + 2);
    await accepted(signToken(rsa, claims({ n: -1 - n })));
  }
});

test('F96: a revoked token is refused although it is cached', async () => {
  const token = signToken(rsa, claims({ jti: 'j1' }));
  await accepted(token);
  await fixture.revocations.revoke('j1', fixture.clock.wall() + 300_000);
  await refused(token, /revoked/);
  await refused(token, /revoked/);
  await accepted(signToken(rsa, claims({ jti: 'j2' })));
});
