import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { challengeOf } from '../refusal.ts';
import { makeProver, type ProofParts, proofBy, signProof } from '../testing/dpop-prover.ts';
import { base64url } from '../testing/issuer.ts';
import { mutated, seeded } from '../testing/token-mutations.ts';
import { readProof } from './dpop-proof.ts';

const prover = makeProver();
const at = 1_700_000_000_000;
const proof = (parts: Partial<ProofParts> = {}) => proofBy(prover, { token: 't', at, ...parts });

function refused(text: string, detail: RegExp): void {
  assert.throws(
    () => readProof(text),
    (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(challengeOf(error), 'invalid_dpop_proof');
      assert.match(error.detail ?? '', detail);
      return true;
    },
    text,
  );
}

test('what a proof says, and the thumbprint of its key, of each kind', () => {
  for (const alg of ['ES256', 'Ed25519', 'PS256'] as const) {
    const by = makeProver(alg);
    const read = readProof(proofBy(by, { token: 't', at, nonce: 'n' }));
    assert.equal(read.alg, alg);
    assert.equal(read.thumbprint, by.thumbprint);
    assert.equal(read.htm, 'GET');
    assert.equal(read.iat, at / 1_000);
    assert.equal(read.nonce, 'n');
  }
});

test('RFC 7638 §3.1: the thumbprint of the example', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
  const { thumbprint } = readProof(proof({ header: { jwk } }));
  assert.equal(thumbprint, 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

test('what has not the form of a proof is none', () => {
  const { jwk } = prover;
  const header: [Record<string, unknown>, RegExp][] = [
    [{ typ: undefined }, /typ/],
    [{ typ: 'JWT' }, /typ/],
    [{ typ: 'at+jwt' }, /typ/],
    [{ typ: ['dpop+jwt'] }, /typ/],
    [{ alg: undefined }, /alg/],
    [{ alg: 1 }, /alg/],
    [{ crit: ['exp'] }, /extension/],
    [{ b64: false }, /extension/],
    [{ jwk: undefined }, /jwk/],
    [{ jwk: 'key' }, /jwk/],
    [{ jwk: [jwk] }, /jwk/],
    [{ jwk: {} }, /kind/],
    [{ jwk: { kty: 'oct', k: 'c2VjcmV0' } }, /symmetric/],
    [{ jwk: { kty: '__proto__' } }, /kind/],
    [{ jwk: { ...jwk, d: 'AA' } }, /private/],
    [{ jwk: { ...jwk, x: undefined } }, /sound x/],
    [{ jwk: { ...jwk, x: ['AA'] } }, /sound x/],
    [{ jwk: { ...jwk, x: 'A"A' } }, /sound x/],
    [{ jwk: { ...jwk, y: 'A'.repeat(1_000) } }, /sound y/],
    [{ jwk: { kty: 'RSA', e: 'AQAB', n: 'A'.repeat(684) } }, /too large/],
    [{ jwk: { kty: 'RSA', e: 'A'.repeat(100), n: 'A'.repeat(342) } }, /too large/],
  ];
  for (const [change, detail] of header) refused(proof({ header: change }), detail);
  const claims: [Record<string, unknown>, RegExp][] = [
    [{ jti: undefined }, /jti is missing/],
    [{ jti: '' }, /jti/],
    [{ jti: 1 }, /jti/],
    [{ jti: 'j'.repeat(257) }, /jti is too long/],
    [{ htm: undefined }, /htm/],
    [{ htu: undefined }, /htu/],
    [{ htu: { toString: 'x' } }, /htu/],
    [{ ath: undefined }, /ath/],
    [{ iat: undefined }, /iat/],
    [{ iat: '1700000000' }, /iat/],
    [{ nonce: 1 }, /nonce/],
  ];
  for (const [change, detail] of claims) refused(proof({ claims: change }), detail);
});

test('what is no signed object, and what says one thing twice', () => {
  for (const text of ['', 'a.b', 'a.b.c.d.e', `${proof()}, ${proof()}`, `${proof()}=`, ` ${proof()}`]) {
    refused(text, /form/);
  }
  refused(signProof(prover, [], {}), /object/);
  refused(signProof(prover, '{"typ":"dpop+jwt"', {}), /JSON/);
  refused(signProof(prover, Buffer.from([0xff, 0xfe]), {}), /UTF-8/);
  const [head = '', body = '', signature = ''] = proof().split('.');
  const twice = base64url(Buffer.from(body, 'base64url').toString().replace('{', '{"htm":"POST",'));
  refused(`${head}.${twice}.${signature}`, /twice/);
  refused(proof({ claims: { pad: 'x'.repeat(4_096) } }), /too long/);
});

test('no change to a proof gives another thumbprint, method, URL or id than it was signed with', () => {
  const good = proof();
  const known = readProof(good);
  const random = seeded(20_261_122);
  const signed = good.slice(0, good.lastIndexOf('.'));
  for (let round = 0; round < 2_000; round += 1) {
    const text = mutated(good, random);
    try {
      const read = readProof(text);
      // What reads otherwise is not what was signed: its signature cannot hold.
      if (text.startsWith(`${signed}.`)) assert.deepEqual(read, known, text);
      assert.match(read.thumbprint, /^[\w-]{43}$/);
      assert.ok(read.jti.length > 0 && read.jti.length <= 256 && Number.isFinite(read.iat), text);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof FrontdeskError, `${error}: ${text}`);
      assert.equal(error.code, 'invalid_credentials', text);
    }
  }
});
