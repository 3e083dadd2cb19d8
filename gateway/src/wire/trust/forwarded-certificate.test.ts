import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Authority } from '../../core/testing/certificates.ts';
import { rfc9440Certificate, xfccCertificate } from './forwarded-certificate.ts';

const authority = new Authority({ after });
const issued = authority.issue('partner', { names: 'URI:spiffe://example/partner' });
const x509 = new X509Certificate(issued.cert);
const hex = x509.fingerprint256.replaceAll(':', '').toLowerCase();
const pem = encodeURIComponent(issued.cert);
const thumbprint = Buffer.from(hex, 'hex').toString('base64url');

test('X-Forwarded-Client-Cert with the certificate: all of it is known', () => {
  const field = `By=spiffe://example/gateway;Hash=${hex};Cert="${pem}";Subject="CN=partner";URI=spiffe://example/partner`;
  const certificate = xfccCertificate([field]) ?? assert.fail();
  assert.equal(certificate.thumbprint, thumbprint);
  assert.equal(certificate.commonName, 'partner');
  assert.equal(certificate.issuer, 'CN=Test authority');
  assert.equal(certificate.notAfter, x509.validToDate.getTime());
  assert.deepEqual(xfccCertificate([`Chain="${pem}${encodeURIComponent(authority.ca)}"`]), certificate);
});

test('without it, what is said of it', () => {
  const field = `hash=${hex};SUBJECT="O=Say \\"Hi\\"\\, Ltd,CN=partner";URI=spiffe://a;DNS=One.Example;DNS=two.example`;
  const certificate = xfccCertificate([field]) ?? assert.fail();
  assert.equal(certificate.thumbprint, thumbprint);
  assert.equal(certificate.commonName, 'partner');
  assert.deepEqual(
    certificate.names.map(({ value }) => value),
    ['spiffe://a', 'one.example', 'two.example'],
  );
  assert.equal(xfccCertificate(['Subject="CN=a,CN=b"'])?.commonName, undefined);
  assert.equal(xfccCertificate(['Subject="O=x\\, CN=admin,CN=partner"'])?.commonName, 'partner');
});

test('what could be read in two ways, or not at all, is no certificate', () => {
  const other = 'cd'.repeat(32);
  for (const field of [
    '',
    'nonsense',
    'By=spiffe://example/gateway',
    'Hash=ab',
    `Hash=${hex}`.slice(0, -1),
    `Hash=${other};Cert="${pem}"`,
    // A URI in a certificate that holds more than a URI should.
    `Hash=${hex};URI=spiffe://x;Hash=${other}`,
    `Hash=${hex};URI=spiffe://x,Hash=${other}`,
    `Hash=${hex};URI=spiffe://x;URI=spiffe://admin`,
    'Hash=;URI=spiffe://x;URI=',
    'Subject="CN=a";Subject="CN=b"',
    'Cert="%zz"',
    'Cert="garbage"',
    'Subject="unfinished',
    `Hash="${hex}"x`,
    ';;;',
  ]) {
    assert.equal(xfccCertificate([field]), undefined, field);
  }
  assert.equal(xfccCertificate([`Hash=${hex}`, `Hash=${other}`]), undefined);
});

test('Client-Cert (RFC 9440) is a byte sequence, and one', () => {
  const field = `:${x509.raw.toString('base64')}:`;
  assert.equal(rfc9440Certificate([field])?.thumbprint, thumbprint);
  assert.equal(rfc9440Certificate([field, field]), undefined);
  assert.equal(rfc9440Certificate([`${field}, ${field}`]), undefined);
  assert.equal(rfc9440Certificate([field.slice(1)]), undefined);
  assert.equal(rfc9440Certificate([':AAAA:']), undefined);
  assert.equal(rfc9440Certificate([]), undefined);
});

test('no text makes it fail, and none becomes the certificate of another', () => {
  const piece = fc.constantFrom(
    'Hash=',
    'Cert=',
    'Subject=',
    'URI=',
    '"',
    '\\',
    ';',
    ',',
    '=',
    'CN=a',
    hex,
    '%41',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const certificate = xfccCertificate([pieces.join('')]);
      assert.ok(!certificate || ['', thumbprint].includes(certificate.thumbprint));
    }),
  );
});
