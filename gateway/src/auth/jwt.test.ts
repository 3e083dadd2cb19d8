import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { MemoryStore } from '../state/memory.ts';
import { indexConsumers } from './consumers.ts';
import { Jwks } from './jwks.ts';
import { JwtScheme, jwtConfig } from './jwt.ts';
import { RevocationList } from './revocation.ts';
import { base64url, hmacToken, jwkOf, jwksOf, makeKey, signToken } from './testing/issuer.ts';
import { presented } from './testing/presented.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const rsa = makeKey('rsa-1');
const ec = makeKey('ec-1', 'ES256');
const stranger = makeKey('rsa-1');
const consumers = indexConsumers(
  [{ id: 'app', plan: 'free', apiKeys: [], clients: ['app-client'], tenant: undefined }],
  {
    byName: new Map([['free', { name: 'free', scopes: new Set<string>() }]]),
    defaultPlan: undefined,
  },
);

function setUp(overrides: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const state = { fetches: 0, document: jwksOf(rsa, ec) as unknown };
  const config = jwtConfig.parse({
    issuer: 'https://issuer.example',
    audience: 'frontdesk',
    jwksUri: 'https://issuer.example/jwks',
    ...overrides,
  });
  const tokens = new VerifiedTokens({ clock });
  const revocations = new RevocationList({
    config: { whenStoreIsGone: 'allow' },
    store: new MemoryStore({ clock }),
    clock,
    logger: noLogger,
  });
  const fetchJwks = async () => {
    state.fetches += 1;
    return state.document;
  };
  const jwks = new Jwks({ fetchJwks, clock, logger: noLogger, meter: noMeter });
  const scheme = new JwtScheme({ config, jwks, tokens, revocations, consumers, clock });
  const present = async (token: string) => scheme.identify(presented({ authorization: `Bearer ${token}` }));
  return { clock, state, scheme, tokens, revocations, present };
}

let fixture = setUp();
beforeEach(() => {
  fixture = setUp();
});

/** Seconds since the epoch on the fixture's clock. */
const nowS = () => Math.floor(fixture.clock.wall() / 1000);

const claims = (more: Record<string, unknown> = {}) => ({
  iss: 'https://issuer.example',
  aud: 'frontdesk',
  sub: 'u1',
  iat: nowS(),
  exp: nowS() + 300,
  ...more,
});

async function refused(token: string, why?: RegExp): Promise<void> {
  const error = await fixture.present(token).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FrontdeskError, `accepted: ${token.slice(0, 60)}`);
  assert.equal(error.code, 'invalid_credentials');
  assert.equal(error.message, 'The credentials are not valid');
  if (token.length > 40) assert.ok(!`${error.detail}`.includes(token));
  if (why) assert.match(error.detail ?? '', why);
}

test('a sound token gives the identity that its claims name', async () => {
  const identity = await fixture.present(
    signToken(
      rsa,
      claims({ scope: 'a:read b:write', roles: ['admin'], tenant: 't1', client_id: 'app-client' }),
    ),
  );
  assert.equal(identity?.subject, 'u1');
  assert.equal(identity?.consumer, 'app');
  assert.equal(identity?.plan, 'free');
  assert.equal(identity?.tenant, 't1');
  assert.deepEqual([...(identity?.scopes ?? [])], ['a:read', 'b:write']);
  assert.deepEqual(identity?.roles, ['admin']);
  assert.equal(identity?.expiresAt, (nowS() + 300) * 1000);
  assert.equal((await fixture.present(signToken(ec, claims())))?.subject, 'u1');
  assert.equal((await fixture.present(signToken(rsa, claims({ aud: ['x', 'frontdesk'] }))))?.subject, 'u1');
});

test('no bearer token is no credential: other schemes and empty fields', async () => {
  for (const field of ['Basic dTpw', 'Bearer', 'Bearer ', '', 'Bearerx']) {
    assert.equal(await fixture.scheme.identify(presented({ authorization: field })), undefined);
  }
  assert.equal(await fixture.scheme.identify(presented({})), undefined);
  const lower = presented({ authorization: `bearer ${signToken(rsa, claims())}` });
  assert.equal((await fixture.scheme.identify(lower))?.subject, 'u1');
});

test('two authorization fields are one too many', () => {
  const headers = new HeaderFields(['authorization', 'Bearer a.b.c', 'authorization', 'Bearer a.b.c']);
  assert.throws(() => fixture.scheme.identify(presented(headers)), FrontdeskError);
});

test('alg none, in any spelling, and an empty alg', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', undefined, 7, null]) {
    const head = base64url({ alg, typ: 'at+jwt', kid: 'rsa-1' });
    await refused(`${head}.${base64url(claims())}.`);
    await refused(`${head}.${base64url(claims())}.AA`);
  }
});

test('HS256 with the public key, with an empty key, with an unknown kid', async () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const jwk = JSON.stringify(jwkOf(rsa));
  for (const secret of [
    pem,
    ` ${pem}`,
    pem.trim(),
    rsa.publicKey.export({ type: 'spki', format: 'der' }),
    jwk,
    '\0',
  ]) {
    await refused(hmacToken(secret, claims(), { kid: 'rsa-1' }), /alg/i);
    await refused(hmacToken(secret, claims(), { kid: 'nobody' }), /alg/i);
    await refused(hmacToken(secret, claims()), /alg/i);
  }
  assert.equal(fixture.state.fetches, 0, 'no key is looked for');
});

test('an algorithm outside the list, and a key of another type', async () => {
  fixture = setUp({ algorithms: ['ES256'] });
  await refused(signToken(rsa, claims()));
  fixture = setUp();
  await refused(signToken(rsa, claims(), { alg: 'PS256' }));
  await refused(signToken(rsa, claims(), { alg: 'ES256' }));
  await refused(signToken(rsa, claims(), { kid: 'ec-1' }));
});

test('kid that is a path, a query, a member name, an array, or 10 KB', async () => {
  for (const kid of [
    '../../etc/passwd',
    "' OR 1=1 --",
    '__proto__',
    'constructor',
    ['rsa-1'],
    { a: 1 },
    7,
    null,
  ]) {
    await refused(signToken(rsa, claims(), { kid }));
  }
  await refused(signToken(rsa, claims(), { kid: 'k'.repeat(10_240) }), /too long/);
  await refused(signToken(rsa, claims(), { kid: 'k'.repeat(1000) }), /kid/);
  assert.ok(fixture.state.fetches <= 1);
});

test('keys that the token brings itself are not read', async () => {
  const own = {
    jwk: jwkOf(stranger),
    jku: 'http://127.0.0.1:1/jwks',
    x5u: 'http://127.0.0.1:1/x',
    x5c: ['AAAA'],
  };
  await refused(signToken(stranger, claims(), own), /signature/i);
  assert.equal((await fixture.present(signToken(rsa, claims(), { jku: own.jku })))?.subject, 'u1');
});

test('unknown crit, b64 false, encrypted and compressed tokens', async () => {
  await refused(signToken(rsa, claims(), { crit: ['exp2'], exp2: 1 }));
  await refused(signToken(rsa, claims(), { crit: [] }));
  await refused(signToken(rsa, claims(), { b64: false, crit: ['b64'] }));
  await refused(`${base64url({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AA.AA.AA.AA`);
  await refused(`${base64url({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AA.AA.AA`);
});

test('time: to the second, with the skew, and only as numbers', async () => {
  const at = nowS();
  fixture.clock.advance(0);
  await fixture.present(signToken(rsa, claims({ exp: at - 29 })));
  await refused(signToken(rsa, claims({ exp: at - 30 })), /exp/);
  await fixture.present(signToken(rsa, claims({ nbf: at + 30 })));
  await refused(signToken(rsa, claims({ nbf: at + 31 })), /nbf/);
  await fixture.present(signToken(rsa, claims({ iat: at + 30 })));
  await refused(signToken(rsa, claims({ iat: at + 31 })), /future/);
  for (const exp of [undefined, `${at + 300}`, -1, 1e308, null, [at + 300]]) {
    await refused(signToken(rsa, claims({ exp })));
  }
  await refused(signToken(rsa, claims({ nbf: '1' })));
});

test('another issuer, another audience, or none', async () => {
  for (const iss of [
    'https://other.example',
    'https://issuer.example/',
    undefined,
    ['https://issuer.example'],
  ]) {
    await refused(signToken(rsa, claims({ iss })));
  }
  for (const aud of ['other', [], ['other'], undefined, 'frontdesk ', { frontdesk: 1 }]) {
    await refused(signToken(rsa, claims({ aud })));
  }
});

test('an ID token is no access token, by its type or by its claims', async () => {
  await refused(signToken(rsa, claims(), { typ: 'id_token' }), /type/);
  await refused(signToken(rsa, claims({ nonce: 'n', at_hash: 'x' }), { typ: 'JWT' }), /ID token/);
  await refused(signToken(rsa, claims({ nonce: 'n' }), { typ: undefined }), /ID token/);
  await refused(signToken(rsa, claims(), { typ: ['at+jwt'] }));
  await fixture.present(signToken(rsa, claims(), { typ: 'application/at+jwt' }));
  await fixture.present(signToken(rsa, claims(), { typ: undefined }));
  fixture = setUp({ types: ['at+jwt'] });
  await refused(signToken(rsa, claims(), { typ: 'JWT' }), /type/);
  await refused(signToken(rsa, claims(), { typ: undefined }), /type/);
});

test('a long token is refused before anything is decoded', async () => {
  await refused('a'.repeat(8193), /too long/);
  assert.equal(fixture.state.fetches, 0);
});

test('forms that are no compact token, and payloads that are no claims', async () => {
  const good = signToken(rsa, claims());
  const [head = '', , signature = ''] = good.split('.');
  for (const token of [
    `${good}=`,
    `${good} x`,
    `${good}.`,
    `.${good}`,
    `${head}..${signature}`,
    'a',
    '...',
    `${good}\0`,
  ]) {
    await refused(token);
  }
  for (const payload of [
    '[]',
    '"x"',
    'null',
    '7',
    '{',
    '',
    JSON.stringify(claims()).replace('{', '{"sub":"admin",'),
  ]) {
    await refused(signToken(rsa, payload));
  }
});

test('signatures that are none: cut, changed, all zero, of another key', async () => {
  const good = signToken(rsa, claims());
  await refused(good.slice(0, -8));
  await refused(good.slice(0, good.lastIndexOf('.') + 1) + base64url(Buffer.alloc(256).toString('latin1')));
  const elliptic = signToken(ec, claims());
  await refused(elliptic.slice(0, elliptic.lastIndexOf('.') + 1) + Buffer.alloc(64).toString('base64url'));
  await refused(signToken(stranger, claims()));
  const [head, , signature] = good.split('.');
  await refused(`${head}.${base64url(claims({ sub: 'admin' }))}.${signature}`);
});

test('sub that is no name', async () => {
  for (const sub of [
    undefined,
    '',
    7,
    {},
    ['u1'],
    '__proto__',
    'a\r\nx-user-roles: admin',
    'a\0',
    'x'.repeat(300),
  ]) {
    await refused(signToken(rsa, claims({ sub })));
  }
});

test('claims that the configuration asks for', async () => {
  fixture = setUp({ requiredClaims: ['jti'] });
  await refused(signToken(rsa, claims()), /jti/);
  await fixture.present(signToken(rsa, claims({ jti: 'j' })));
  await refused(signToken(rsa, claims({ jti: 7 })));
});

test('a verified token is verified once, in a burst too, and not past its end or a minute', async () => {
  const token = signToken(rsa, claims({ exp: nowS() + 90 }));
  const burst = await Promise.all(Array.from({ length: 50 }, () => fixture.present(token)));
  assert.equal(new Set(burst).size, 1);
  assert.equal(fixture.tokens.size, 1);
  const headers = presented({ authorization: `Bearer ${token}` });
  assert.ok(!(fixture.scheme.identify(headers) instanceof Promise), 'a known token is answered at once');
  fixture.clock.advance(60_000);
  assert.ok(fixture.scheme.identify(headers) instanceof Promise);
  await fixture.present(token);
  fixture.clock.advance(60_000);
  await refused(token, /exp/);
});

test('a revoked token is refused although it is cached, within five seconds', async () => {
  const token = signToken(rsa, claims({ jti: 'j1' }));
  await fixture.present(token);
  await fixture.revocations.revoke('j1', fixture.clock.wall() + 300_000);
  await refused(token, /revoked/);
  await refused(token, /revoked/);
});

test('a configuration without asymmetric algorithms, or with secrets in the URL, is refused', () => {
  const config = { issuer: 'i', audience: 'a', jwksUri: 'https://i.example/jwks' };
  for (const wrong of [
    { algorithms: ['HS256'] },
    { algorithms: ['none'] },
    { algorithms: [] },
    { jwksUri: 'https://u:p@i.example/jwks' },
    { clockSkew: '1h' },
    { audience: [] },
    { secret: 'x' },
  ]) {
    assert.equal(jwtConfig.safeParse({ ...config, ...wrong }).success, false);
  }
  assert.equal(jwtConfig.parse(config).clockSkew, 30_000);
});
