/** JWTs under attack: area F of the catalogue of attacks, by their numbers. Whatever is wrong, the same 401, and no call. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { acceptTokens } from './testing/accepted-tokens.ts';
import { attack, attackedOn, ec, ISSUER, rsa, stranger } from './testing/attacked-tokens.ts';
import { base64url, hmacToken, jwkOf, jwksOf, makeKey, signToken } from './testing/issuer.ts';
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

test('F76: alg none, in any spelling, and an empty alg', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', undefined, 7, null]) {
    const head = base64url({ alg, typ: 'at+jwt', kid: 'rsa-1' });
    await refused(`${head}.${base64url(claims())}.`);
    await refused(`${head}.${base64url(claims())}.AA`);
  }
  assert.equal(fetches(), 0, 'no key is looked for');
});

test('F77: HS256 keyed by the public key, in whatever form', async () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const der = rsa.publicKey.export({ type: 'spki', format: 'der' });
  for (const secret of [pem, ` ${pem}`, `\n${pem}`, pem.trim(), der, JSON.stringify(jwkOf(rsa))]) {
    await refused(hmacToken(secret, claims(), { kid: 'rsa-1' }), /alg/i);
    await refused(hmacToken(secret, claims()), /alg/i);
  }
  assert.equal(fetches(), 0, 'no key is looked for');
});

test('F78: HS256 with an empty key and with an unknown kid', async () => {
  for (const secret of ['', '\0', 'secret']) {
    await refused(hmacToken(secret, claims(), { kid: 'nobody' }), /alg/i);
    await refused(hmacToken(secret, claims()), /alg/i);
  }
  assert.equal(fetches(), 0, 'no key is looked for');
});

test('F79: an algorithm outside the list, and a key of another type', async () => {
  fixture = attack({ algorithms: ['ES256'] });
  await refused(signToken(rsa, claims()), /alg/i);
  await accepted(signToken(ec, claims()));
  fixture = attack();
  await refused(signToken(rsa, claims(), { alg: 'PS256' }));
  await refused(signToken(rsa, claims(), { alg: 'ES256' }));
  await refused(signToken(rsa, claims(), { alg: 'RS512' }), /alg/i);
  await refused(signToken(rsa, claims(), { kid: 'ec-1' }));
});

test('F80: kid that is a path, a query, a member name, an array, or 10 KB', async () => {
  const strange = [
    '../../etc/passwd',
    "' OR 1=1 --",
    '__proto__',
    'constructor',
    ['rsa-1'],
    { a: 1 },
    7,
    null,
  ];
  for (const kid of strange) await refused(signToken(rsa, claims(), { kid }));
  await refused(signToken(rsa, claims(), { kid: 'k'.repeat(10_240) }), /too long/);
  await refused(signToken(rsa, claims(), { kid: 'k'.repeat(1000) }), /kid/);
  assert.equal(fetches(), 1, 'the keys, once, and nothing that a kid names');
});

test('F81: keys that the token brings itself are not read', async () => {
  const own = {
    jwk: jwkOf(stranger),
    jku: 'http://127.0.0.1:1/jwks',
    x5u: 'http://127.0.0.1:1/x',
    x5c: ['AAAA'],
  };
  await refused(signToken(stranger, claims(), own), /signature/i);
  await accepted(signToken(rsa, claims(), { jku: own.jku }));
  assert.equal(fetches(), 1, "the issuer's keys alone");
});

test('F82: unknown crit, and b64 false', async () => {
  await refused(signToken(rsa, claims(), { crit: ['exp2'], exp2: 1 }));
  await refused(signToken(rsa, claims(), { crit: [] }));
  await refused(signToken(rsa, claims(), { b64: false, crit: ['b64'] }));
  await refused(signToken(rsa, claims(), { b64: false }));
  await refused(signToken(rsa, claims(), { crit: ['b64'], b64: true }));
});

test('F83: encrypted and compressed tokens are refused as they are', async () => {
  await refused(`${base64url({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AA.AA.AA.AA`);
  await refused(`${base64url({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AA.AA.AA`);
  assert.equal(fetches(), 0);
  // Signed, and yet something that another reader takes for encrypted or compressed.
  await refused(signToken(rsa, claims(), { enc: 'A256GCM' }));
  await refused(signToken(rsa, claims(), { zip: 'DEF' }));
});

test('F84: time: to the second, with the skew, and only as numbers', async () => {
  const at = nowS();
  await accepted(signToken(rsa, claims({ exp: at - 29 })));
  await refused(signToken(rsa, claims({ exp: at - 30 })), /exp/);
  await accepted(signToken(rsa, claims({ nbf: at + 30 })));
  await refused(signToken(rsa, claims({ nbf: at + 31 })), /nbf/);
  await accepted(signToken(rsa, claims({ iat: at + 30 })));
  await refused(signToken(rsa, claims({ iat: at + 31 })), /future/);
  for (const exp of [undefined, `${at + 300}`, -1, 1e308, null, [at + 300], true]) {
    await refused(signToken(rsa, claims({ exp })));
  }
  for (const nbf of ['1', null, {}]) await refused(signToken(rsa, claims({ nbf })));
  for (const iat of ['1', null, {}]) await refused(signToken(rsa, claims({ iat })));
});

test('F85: another issuer, another audience, or none', async () => {
  for (const iss of ['https://other.example', `${ISSUER}/`, undefined, [ISSUER], '']) {
    await refused(signToken(rsa, claims({ iss })));
  }
  for (const aud of ['other', [], ['other'], undefined, 'frontdesk ', { frontdesk: 1 }]) {
    await refused(signToken(rsa, claims({ aud })));
  }
});

test("F85: issuer A's key cannot sign for B, with whatever kid", async () => {
  const [a, b] = [makeKey('k1'), makeKey('k1')];
  const of = (issuer: string) => ({ issuer, audience: 'frontdesk' });
  fixture = attackedOn(
    acceptTokens({
      issuers: [of('https://a.example'), of('https://b.example')],
      documents: [jwksOf(a, ec), jwksOf(b)],
    }),
  );
  const forA = claims({ iss: 'https://a.example' });
  const forB = claims({ iss: 'https://b.example' });
  await accepted(signToken(a, forA));
  await accepted(signToken(b, forB));
  await refused(signToken(a, forB), /signature/i);
  await refused(signToken(b, forA), /signature/i);
  await refused(signToken(ec, forB), /no applicable key/i);
  await accepted(signToken(ec, forA));
  await refused(signToken(a, claims({ iss: 'https://c.example' })), /no token of a configured issuer/);
});

test('F86: an ID token is no access token, by its type or by its claims', async () => {
  await refused(signToken(rsa, claims(), { typ: 'id_token' }), /type/);
  await refused(signToken(rsa, claims({ nonce: 'n', at_hash: 'x' }), { typ: 'JWT' }), /ID token/);
  await refused(signToken(rsa, claims({ nonce: 'n' }), { typ: undefined }), /ID token/);
  await refused(signToken(rsa, claims(), { typ: ['at+jwt'] }));
  await refused(signToken(rsa, claims(), { typ: 'logout+jwt' }), /type/);
  await accepted(signToken(rsa, claims(), { typ: 'application/at+jwt' }));
  await accepted(signToken(rsa, claims(), { typ: undefined }));
  fixture = attack({ types: ['at+jwt'] });
  await refused(signToken(rsa, claims(), { typ: 'JWT' }), /type/);
  await refused(signToken(rsa, claims(), { typ: undefined }), /type/);
});

test('F87: a long token is refused before anything is decoded', async () => {
  const padded = signToken(rsa, claims({ padding: 'x'.repeat(8192) }));
  await refused(padded, /too long/);
  await refused('a'.repeat(8193), /too long/);
  assert.equal(fetches(), 0);
});

test('F88: forms that are no compact token, and payloads that are no claims', async () => {
  const good = signToken(rsa, claims());
  const [head = '', payload = '', signature = ''] = good.split('.');
  const forms = [
    `${good}=`,
    `${good} x`,
    `${good}.`,
    `.${good}`,
    `${head}..${signature}`,
    'a',
    '...',
    `${good}\0`,
  ];
  for (const token of [
    ...forms,
    `${good}AA`,
    `${head}.${payload}`,
    `${head}.${payload}.${signature}.${signature}`,
  ]) {
    await refused(token);
  }
  const twice = JSON.stringify(claims()).replace('{', '{"sub":"admin",');
  const nested = JSON.stringify(claims({ realm_access: 0 })).replace(':0', ':{"roles":[],"roles":["admin"]}');
  for (const text of ['[]', '"x"', 'null', '7', '{', '', twice, nested, ` ${JSON.stringify(claims())}x`]) {
    await refused(signToken(rsa, text));
  }
});

test('F88: a token has one spelling, and its parts are UTF-8', async () => {
  const good = signToken(ec, claims());
  await accepted(good);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  // A signature of 64 bytes leaves four bits of its last letter over: these name the same bytes.
  const last = letters.indexOf(good.at(-1) ?? '');
  for (let spare = 1; spare < 16; spare += 1) await refused(good.slice(0, -1) + letters[last + spare]);
  const text = JSON.stringify(claims({ name: 'x' }));
  const at = text.indexOf('"x"') + 1;
  const bytes = Buffer.from(text);
  bytes[at] = 0xff;
  await refused(signToken(ec, bytes));
});

test('F89: signatures that are none: cut, changed, all zero, of another key', async () => {
  const good = signToken(rsa, claims());
  await refused(good.slice(0, -8));
  await refused(good.slice(0, good.lastIndexOf('.') + 1) + Buffer.alloc(256).toString('base64url'));
  const elliptic = signToken(ec, claims());
  const unsigned = elliptic.slice(0, elliptic.lastIndexOf('.') + 1);
  await refused(unsigned + Buffer.alloc(64).toString('base64url'));
  await refused(elliptic.slice(0, -2));
  await refused(signToken(stranger, claims()));
  const [head, , signature] = good.split('.');
  await refused(`${head}.${base64url(claims({ sub: 'admin' }))}.${signature}`);
});

test('F90: sub that is no name', async () => {
  const control = 'a\r\nx-user-roles: admin';
  for (const sub of [undefined, '', 7, {}, ['u1'], '__proto__', control, 'a\0', 'x'.repeat(300), '\ud800']) {
    await refused(signToken(rsa, claims({ sub })));
  }
});

test('F98: a token in the URL or in a second field is none', async () => {
  const token = signToken(rsa, claims());
  const elsewhere = [
    presented({}, { query: `access_token=${token}` }),
    presented({ 'x-access-token': token, cookie: `access_token=${token}` }),
    presented({ 'proxy-authorization': `Bearer ${token}` }),
    presented({ authorization: 'Basic dTpw' }, { query: `access_token=${token}` }),
  ];
  for (const request of elsewhere) assert.equal(await fixture.scheme.identify(request), undefined);
  const twice = new HeaderFields(['authorization', `Bearer ${token}`, 'authorization', `Bearer ${token}`]);
  await assert.rejects(async () => fixture.scheme.identify(presented(twice)), FrontdeskError);
  const mixed = new HeaderFields(['authorization', 'Basic dTpw', 'authorization', `Bearer ${token}`]);
  const found = await Promise.resolve(presented(mixed))
    .then((request) => fixture.scheme.identify(request))
    .catch(() => undefined);
  assert.equal(found, undefined);
});

test('a token that is bound to something that nobody proves is no bearer token', async () => {
  for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, { kid: 'x' }, {}, null, 'x', [], { toString: 'x' }]) {
    await refused(signToken(rsa, claims({ cnf })), /cnf|bound/);
  }
});
