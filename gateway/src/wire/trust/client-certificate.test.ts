import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Authority, type IssueOptions } from '../../core/testing/certificates.ts';
import { clientCertificate, subjectNames } from './client-certificate.ts';

const authority = new Authority({ after });
const read = (name: string, options: IssueOptions) =>
  clientCertificate(new X509Certificate(authority.issue(name, options).cert));

test('a certificate is read into what it says', () => {
  const issued = authority.issue('reader', { subject: '/O=Example/CN=reader' });
  const x509 = new X509Certificate(issued.cert);
  const certificate = clientCertificate(x509) ?? assert.fail();
  assert.equal(certificate.thumbprint, createHash('sha256').update(x509.raw).digest('base64url'));
  assert.equal(certificate.commonName, 'reader');
  assert.equal(certificate.issuer, 'CN=Test authority');
  assert.match(certificate.serial, /^[0-9A-F]+$/);
  assert.deepEqual(certificate.names, [
    { kind: 'dns', value: 'localhost' },
    { kind: 'ip', value: '127.0.0.1' },
  ]);
});

test('two common names are none, and a name of a kind that nobody is found by is left out', () => {
  assert.equal(read('two', { subject: '/CN=one/CN=other' })?.commonName, undefined);
  assert.deepEqual(read('rid', { names: 'RID:1.2.3.4,email:a@b.c' })?.names, [
    { kind: 'email', value: 'a@b.c' },
  ]);
  assert.deepEqual(read('directory', { subject: '/O=No common name' })?.commonName, undefined);
});

test('a common name is read as it was meant, however it is written', () => {
  for (const [i, name] of ['a, b', 'a+b', 'a\\b', '#a', 'é ü', 'a = b', ' a', 'CN=b', 'a;"<>'].entries()) {
    const written = name.replaceAll('\\', '\\\\').replaceAll('+', '\\+');
    const issued = authority.issue(`named-${i}`, { subject: `/O=CN=x/CN=${written}` });
    const x509 = new X509Certificate(issued.cert);
    assert.equal(clientCertificate(x509)?.commonName, x509.toLegacyObject().subject.CN, name);
  }
  assert.equal(read('several', { subject: '/O=y+CN=x' })?.commonName, 'x');
  assert.equal(read('control', { subject: '/CN=a\nb' }), undefined);
});

test('a quoted name cannot pass for two (CVE-2021-44532)', () => {
  assert.deepEqual(subjectNames('DNS:"a.example, DNS:admin.example", URI:spiffe://x'), [
    { kind: 'dns', value: 'a.example, dns:admin.example' },
    { kind: 'uri', value: 'spiffe://x' },
  ]);
  const value = Buffer.from('x, DNS:admin.example');
  const der = Buffer.concat([Buffer.from([0x30, value.length + 2, 0x86, value.length]), value]);
  assert.deepEqual(read('quoted', { names: `DER:${der.toString('hex')}` })?.names, [
    { kind: 'uri', value: 'x, DNS:admin.example' },
  ]);
});

test('E72: a name with NUL makes the whole certificate worthless', () => {
  assert.equal(subjectNames('DNS:"a.example\\u0000.evil.example", DNS:b.example'), undefined);
  assert.equal(subjectNames('DNS:"unfinished'), undefined);
  assert.equal(subjectNames('no colon'), undefined);
});

test('names that need no quotes come back as they were', () => {
  const name = fc.stringMatching(/^[a-z0-9.-]{1,30}$/);
  fc.assert(
    fc.property(fc.array(name, { maxLength: 6 }), (names) => {
      const text = names.map((one) => `DNS:${one}`).join(', ');
      assert.deepEqual(
        subjectNames(text)?.map(({ value }) => value),
        names,
      );
    }),
  );
});
