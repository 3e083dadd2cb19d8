/** Each way in which a signature can be wrong, for each algorithm that may be configured: the matrix of Project Wycheproof. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { FrontdeskError } from '../core/errors.ts';
import { acceptTokens } from './testing/accepted-tokens.ts';
import { base64url } from './testing/issuer.ts';
import { keyFor, publicJwk, signatureCases, signed } from './testing/signature-cases.ts';

const ALGORITHMS = [
  ['RS256', 'RS384', 'RS512'],
  ['PS256', 'PS384', 'PS512'],
  ['ES256', 'ES384', 'ES512'],
  ['EdDSA', 'Ed25519'],
].flat();
const ISSUER = 'https://issuer.example';

function accepting(alg: string, jwk: object) {
  const issuer = { issuer: ISSUER, audience: 'frontdesk', algorithms: [alg], maxTokenBytes: '16KiB' };
  return acceptTokens({ issuers: [issuer], documents: [{ keys: [jwk] }] });
}

const claimsFor = ({ clock }: ReturnType<typeof acceptTokens>) => ({
  iss: ISSUER,
  aud: 'frontdesk',
  sub: 'u1',
  exp: Math.floor(clock.wall() / 1000) + 300,
});

async function outcome(fixture: ReturnType<typeof acceptTokens>, token: string): Promise<string> {
  try {
    return `${(await fixture.present(token))?.subject}`;
  } catch (error) {
    return error instanceof FrontdeskError ? error.code : `thrown: ${error}`;
  }
}

for (const alg of ALGORITHMS) {
  test(`${alg}: what is valid is accepted, and nothing else`, async () => {
    const key = keyFor(alg);
    // Of RSA keys one is enough to be told from another by its bits: a key of another size is another key.
    const other = alg.startsWith('RS') || alg.startsWith('PS') ? otherRsa(alg) : keyFor(alg);
    const fixture = accepting(alg, publicJwk(key));
    const cases = signatureCases(key, other, claimsFor(fixture));
    assert.ok(cases.length >= 40);
    for (const { name, token, isValid } of cases) {
      assert.equal(await outcome(fixture, token), isValid ? 'u1' : 'invalid_credentials', name);
    }
  });
}

function otherRsa(alg: string): ReturnType<typeof keyFor> {
  strange ??= makeRsa();
  return { alg, ...strange };
}
let strange: ReturnType<typeof makeRsa> | undefined;

test('a key is used for what it is there for alone', async () => {
  const key = keyFor('ES256');
  for (const more of [
    { use: 'enc' },
    { key_ops: ['encrypt'] },
    { key_ops: [] },
    { alg: 'ES384' },
    { alg: 'ECDH-ES' },
  ]) {
    const fixture = accepting('ES256', publicJwk(key, more));
    const input = `${base64url({ alg: 'ES256', kid: 'k1' })}.${base64url(claimsFor(fixture))}`;
    const found = await outcome(fixture, `${input}.${signed(key, 'ES256', input).toString('base64url')}`);
    assert.ok(
      ['invalid_credentials', 'upstream_unavailable'].includes(found),
      `${JSON.stringify(more)}: ${found}`,
    );
  }
});

test('RSA keys of less than 2048 bits are no keys (RFC 7518 §3.3)', async () => {
  const weak = { alg: 'RS256', ...makeRsa(1024) };
  const fixture = accepting('RS256', publicJwk(weak));
  const input = `${base64url({ alg: 'RS256', kid: 'k1' })}.${base64url(claimsFor(fixture))}`;
  const token = `${input}.${signed(weak, 'RS256', input).toString('base64url')}`;
  assert.equal(await outcome(fixture, token), 'invalid_credentials');
});

function makeRsa(modulusLength = 2048) {
  return generateKeyPairSync('rsa', { modulusLength });
}
