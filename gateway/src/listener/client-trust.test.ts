import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Authority } from '../core/testing/certificates.ts';
import { readClientTrust } from './client-trust.ts';
import { listenTlsConfig } from './tls-config.ts';

const authority = new Authority({ after });
const own = { cert: 'a', key: 'b' };
const trustOf = (more: Record<string, unknown>) =>
  readClientTrust(listenTlsConfig.parse({ ...own, ...more }));

test('without authorities there is nobody to trust, and with them a certificate is required', () => {
  assert.equal(trustOf({}), undefined);
  assert.equal(trustOf({ clientCa: authority.caFile })?.required, true);
  assert.equal(trustOf({ clientCa: authority.caFile, clientAuth: 'request' })?.required, false);
});

test('every list of a file counts, and the contents make the digest, not the names', () => {
  const both = join(authority.folder, 'both.crl');
  const [one, other] = [authority.revoke('one'), authority.revoke('other', [authority.issue('lost')])];
  writeFileSync(both, readFileSync(one, 'utf8') + readFileSync(other, 'utf8'));
  const trust = trustOf({ clientCa: authority.caFile, crl: both });
  assert.equal(trust?.crl.length, 2);
  const copy = join(authority.folder, 'copy.pem');
  writeFileSync(copy, authority.ca);
  assert.equal(trustOf({ clientCa: copy, crl: both })?.digest, trust?.digest);
  assert.notEqual(trustOf({ clientCa: copy, crl: one })?.digest, trust?.digest);
});

test('files that hold something else are refused', () => {
  const garbage = join(authority.folder, 'garbage.pem');
  writeFileSync(garbage, 'garbage');
  assert.throws(() => trustOf({ clientCa: garbage }));
  assert.throws(() => trustOf({ clientCa: authority.caFile, crl: garbage }));
});
