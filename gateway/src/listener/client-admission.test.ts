import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import { Authority } from '../core/testing/certificates.ts';
import { derElement, derSequence } from '../wire/trust/der.ts';
import { type Admission, admit } from './client-admission.ts';
import { readClientTrust } from './client-trust.ts';
import { listenTlsConfig } from './tls-config.ts';

const authority = new Authority({ after });
const shown = new X509Certificate(authority.issue('client').cert);
const DAY_MS = 86_400_000;

/** As a resumed session looks, whose certificate was right when the session began. */
function admitted(now: number, crl?: string, certificate: X509Certificate | undefined = shown): Admission {
  const config = { cert: 'a', key: 'b', clientCa: authority.caFile, ...(crl ? { crl } : {}) };
  const trust = readClientTrust(listenTlsConfig.parse(config)) ?? assert.fail();
  const socket = {
    authorized: true,
    authorizationError: new Error('none'),
    getPeerX509Certificate: () => certificate,
  };
  return admit(socket, trust, now);
}

test('what time has changed since a session began is looked at again', () => {
  assert.ok('admitted' in admitted(Date.now()));
  assert.deepEqual(admitted(Date.now() + 3 * DAY_MS), { refused: 'certificate_expired' });
  assert.deepEqual(admitted(Date.now() - 3 * DAY_MS), { refused: 'certificate_not_yet_valid' });
});

test('an outdated list lets nobody in, whatever was found before', () => {
  const crl = authority.revoke('soon');
  assert.ok('admitted' in admitted(Date.now(), crl));
  const young = new X509Certificate(authority.issue('young').cert);
  assert.deepEqual(
    admitted(Date.parse(young.validTo) - 1_000, authority.revoke('gone', [], { outdated: true }), young),
    {
      refused: 'revocation_list',
    },
  );
});

test('a certificate that the lists of today name stays outside, whatever was found before', () => {
  const lost = authority.issue('lost');
  const crl = authority.revoke('today', [lost]);
  const certificate = new X509Certificate(lost.cert);
  assert.deepEqual(admitted(Date.now(), crl, certificate), { refused: 'certificate_revoked' });
  const kept = new X509Certificate(authority.issue('kept').cert);
  assert.ok('admitted' in admitted(Date.now(), crl, kept));
});

test('a certificate that is more than DER harms nobody', () => {
  const [body, ...rest] = derSequence(derElement(shown.raw));
  const parts = [...derSequence(body)].map(({ whole, content }, i, all) => {
    // The subject, in the indefinite length of BER: OpenSSL reads it.
    if (i !== all.length - 3) return whole;
    return Buffer.concat([Buffer.from([0x30, 0x80]), content, Buffer.from([0, 0])]);
  });
  const loose = sequence(sequence(...parts), ...rest.map(({ whole }) => whole));
  assert.deepEqual(admitted(Date.now(), undefined, new X509Certificate(loose)), {
    refused: 'certificate_malformed',
  });
});

function sequence(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const head = Buffer.from([0x30, 0x82, 0, 0]);
  head.writeUInt16BE(content.length, 2);
  return Buffer.concat([head, content]);
}
