import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jwksOf, makeKey } from '../testing/issuer.ts';
import { issuerLabel, jwtConfig } from './jwt-config.ts';

const one = { issuer: 'https://i.example', audience: 'a', jwksUri: 'https://i.example/jwks' };
const faults = (written: unknown) => {
  const { error } = jwtConfig.safeParse(written);
  return JSON.stringify(error?.issues ?? []);
};

test('one issuer, or a list of them', () => {
  assert.deepEqual(jwtConfig.parse(one), jwtConfig.parse([one]));
  const [issuer] = jwtConfig.parse(one);
  assert.equal(issuer?.clockSkew, 30_000);
  assert.deepEqual(issuer?.types, ['at+jwt', 'JWT']);
  assert.equal(jwtConfig.parse([one, { ...one, issuer: 'https://j.example' }]).length, 2);
  assert.equal(issuerLabel({ name: undefined, issuer: 'https://i.example' }), 'https://i.example');
  assert.equal(issuerLabel({ name: 'staff', issuer: 'https://i.example' }), 'staff');
});

test('symmetric algorithms, secrets in URLs and what else is unsafe are refused', () => {
  for (const wrong of [
    { algorithms: ['HS256'] },
    { algorithms: ['none'] },
    { algorithms: [] },
    { jwksUri: 'https://u:p@i.example/jwks' },
    { jwksUri: 'file:///etc/passwd' },
    { clockSkew: '1h' },
    { audience: [] },
    { audience: undefined },
    { secret: 'x' },
    { name: 'two words' },
  ]) {
    assert.notEqual(faults({ ...one, ...wrong }), '[]', JSON.stringify(wrong));
    assert.notEqual(faults([{ ...one, ...wrong }]), '[]', JSON.stringify(wrong));
  }
});

test('keys come from one place: a URL, discovery, or the configuration', () => {
  const { jwksUri: _, ...bare } = one;
  assert.equal(jwtConfig.parse(bare)[0]?.jwksUri, undefined);
  assert.match(faults({ ...bare, issuer: 'frontdesk' }), /expected jwksUri, discovery or keys/);
  const keys = jwksOf(makeKey('k', 'ES256'));
  assert.equal(jwtConfig.parse({ ...bare, issuer: 'frontdesk', keys })[0]?.keys?.keys.length, 1);
  assert.match(faults({ ...one, keys }), /expected one of jwksUri, discovery and keys/);
  assert.match(faults({ ...one, discovery: 'https://i.example/x' }), /expected one of/);
});

test('an issuer and its name are there once', () => {
  assert.match(faults([one, one]), /already/);
  assert.match(
    faults([
      { ...one, name: 'a' },
      { ...one, issuer: 'https://j.example', name: 'a' },
    ]),
    /already/,
  );
  assert.match(faults([]), /too_small|invalid/);
});
