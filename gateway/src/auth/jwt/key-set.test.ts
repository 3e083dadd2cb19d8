import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jwkOf, jwksOf, makeKey } from '../testing/issuer.ts';
import { signingKeys, staticKeysConfig } from './key-set.ts';

const key = makeKey('k1');
const other = makeKey('k2', 'ES256');

test('keys for signatures are taken, others passed over', () => {
  const kids = (document: unknown) => signingKeys(document).map(({ kid }) => kid);
  assert.deepEqual(kids(jwksOf(key, other)), ['k1', 'k2']);
  assert.deepEqual(kids({ keys: [jwkOf(key), { ...jwkOf(other), use: 'enc' }] }), ['k1']);
});

test('a set that is not sound is not taken at all', () => {
  const privateJwk = { ...key.privateKey.export({ format: 'jwk' }), kid: 'k1' };
  const unsound: unknown[] = [
    '<html>',
    null,
    [],
    {},
    { keys: {} },
    { keys: [null] },
    { keys: [{ kid: 'k1' }] },
    { keys: [privateJwk] },
    { keys: [jwkOf(key), { kty: 'oct', k: 'AA' }] },
    { keys: [jwkOf(key), jwkOf({ ...other, kid: 'k1' })] },
    { keys: [{ ...jwkOf(key), use: 'enc' }] },
    { keys: Array.from({ length: 101 }, (_, i) => ({ ...jwkOf(key), kid: `k${i}` })) },
  ];
  for (const document of unsound) assert.throws(() => signingKeys(document), JSON.stringify(document));
});

test('keys of the configuration: a set, the text of one, or a public key as PEM', () => {
  const kids = (written: unknown) => staticKeysConfig.parse(written).keys.map(({ kid }) => kid);
  assert.deepEqual(kids(jwksOf(key)), ['k1']);
  assert.deepEqual(kids(JSON.stringify(jwksOf(key, other))), ['k1', 'k2']);
  const pem = other.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  assert.equal(staticKeysConfig.parse(pem).keys[0]?.crv, 'P-256');
});

test('what is no public key is refused with why, and without what was written', () => {
  const privatePem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const [written, why] of [
    [privatePem, /private key/],
    [{ keys: [{ ...key.privateKey.export({ format: 'jwk' }) }] }, /private key/],
    ['{"keys":[]}', /no signing key/],
    ['nonsense', /expected public keys/],
    [7, /expected a key set/],
  ] as const) {
    const message = staticKeysConfig.safeParse(written).error?.issues[0]?.message ?? '';
    assert.match(message, why);
    assert.ok(message.length < 200);
  }
});
