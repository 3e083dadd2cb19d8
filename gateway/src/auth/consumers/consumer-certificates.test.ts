import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateOf } from '../testing/certificate.ts';
import { CertificateIndex, certificatesConfig, sharedCertificates } from './consumer-certificates.ts';

const HEX = 'ab'.repeat(32);
const COLONS = HEX.toUpperCase().match(/../g)?.join(':') ?? '';
const THUMBPRINT = Buffer.from(HEX, 'hex').toString('base64url');

const consumers = (byId: Record<string, unknown>) =>
  Object.entries(byId).map(([id, written]) => ({ id, certificates: certificatesConfig.parse(written) }));

const find = (byId: Record<string, unknown>, more: Parameters<typeof certificateOf>[0]): string[] => [
  ...new CertificateIndex(consumers(byId)).find(certificateOf(more)),
];

test('a consumer is found by fingerprint, common name or alternative name', () => {
  const all = {
    a: [{ fingerprint: COLONS }],
    b: [{ commonName: 'b' }],
    c: [{ san: { dns: 'C.Example' } }, { san: { uri: 'spiffe://x/c' } }, { san: { email: 'c@x' } }],
  };
  assert.deepEqual(find(all, { thumbprint: THUMBPRINT }), ['a']);
  assert.deepEqual(find(all, { commonName: 'b' }), ['b']);
  assert.deepEqual(find(all, { names: [{ kind: 'dns', value: 'c.example' }] }), ['c']);
  assert.deepEqual(find(all, { names: [{ kind: 'uri', value: 'spiffe://x/c' }] }), ['c']);
  assert.deepEqual(find(all, { names: [{ kind: 'email', value: 'c@x' }] }), ['c']);
  // A name of one kind is none of another.
  assert.deepEqual(find(all, { commonName: 'c.example', names: [{ kind: 'dns', value: 'b' }] }), []);
  assert.deepEqual(find(all, { thumbprint: '' }), []);
});

test('the fingerprint says more than names; names of several are told', () => {
  const all = { a: [{ fingerprint: HEX }], b: [{ commonName: 'b' }], c: [{ san: { dns: 'c' } }] };
  const names = [{ kind: 'dns', value: 'c' } as const];
  assert.deepEqual(find(all, { thumbprint: THUMBPRINT, commonName: 'b', names }), ['a']);
  assert.deepEqual(find(all, { commonName: 'b', names }), ['c', 'b']);
});

test('an issuer that is asked for must be that', () => {
  const all = {
    a: [{ commonName: 'x', issuer: 'O=Example, CN=Partner CA' }],
    b: [{ commonName: 'x', issuer: 'CN=Other' }],
  };
  assert.deepEqual(find(all, { commonName: 'x' }), ['a']);
  assert.deepEqual(find(all, { commonName: 'x', issuer: 'CN=Other' }), ['b']);
  assert.deepEqual(find(all, { commonName: 'x', issuer: '' }), []);
  const comma = { a: [{ commonName: 'x', issuer: 'O=Foo\\, Inc, CN=CA' }] };
  assert.deepEqual(find(comma, { commonName: 'x', issuer: 'O=Foo\\, Inc\nCN=CA' }), ['a']);
});

test('what would be two consumers’ at once is a fault', () => {
  const shared = (byId: Record<string, unknown>) => sharedCertificates(consumers(byId));
  assert.deepEqual(shared({ a: [{ fingerprint: HEX }], b: [{ commonName: 'b' }, { fingerprint: COLONS }] }), [
    { path: [1, 'certificates', 1], message: "this certificate is already a's" },
  ]);
  assert.equal(shared({ a: [{ san: { dns: 'X' } }], b: [{ san: { dns: 'x' } }] }).length, 1);
  const other = { commonName: 'x', issuer: 'CN=Other' };
  assert.equal(shared({ a: [{ commonName: 'x' }], b: [other] }).length, 1);
  assert.equal(shared({ a: [{ commonName: 'x', issuer: 'CN=One' }], b: [other] }).length, 0);
});

test('one way to find it, and a fingerprint that is one', () => {
  for (const wrong of [
    {},
    { fingerprint: HEX, commonName: 'x' },
    { fingerprint: 'ab' },
    { san: {} },
    { san: { dns: 'a', uri: 'b' } },
    { issuer: 'CN=x' },
  ]) {
    assert.equal(certificatesConfig.safeParse([wrong]).success, false, JSON.stringify(wrong));
  }
});
