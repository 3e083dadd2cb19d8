import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Authority } from '../../core/testing/certificates.ts';
import { type UpstreamTlsConfig, upstreamTlsConfig } from './tls-config.ts';
import { loadTlsIdentity } from './tls-identity.ts';

const authority = new Authority({ after });
const client = authority.issue('client');
const settings = (more: object = {}): UpstreamTlsConfig =>
  upstreamTlsConfig.parse({ ca: authority.caFile, cert: client.certFile, key: client.keyFile, ...more });

test('the same settings over the same files are the same identity', () => {
  assert.equal(loadTlsIdentity(settings()).digest, loadTlsIdentity(settings()).digest);
});

test('each setting makes another identity, and so does each content of a file', () => {
  const digests = new Set([
    loadTlsIdentity(settings()).digest,
    loadTlsIdentity(settings({ serverName: 'a.example' })).digest,
    loadTlsIdentity(settings({ minVersion: '1.3' })).digest,
    loadTlsIdentity(settings({ ca: undefined })).digest,
    loadTlsIdentity(settings({ cert: undefined, key: undefined })).digest,
    loadTlsIdentity(settings({ ca: undefined, insecureSkipVerify: true })).digest,
  ]);
  assert.equal(digests.size, 6);
  const before = loadTlsIdentity(settings()).digest;
  const renewed = authority.issue('client');
  assert.notEqual(renewed.cert, client.cert);
  assert.notEqual(loadTlsIdentity(settings()).digest, before);
});

test('a key that is another certificate’s, a file that is no certificate or not there: it throws', () => {
  const stranger = authority.issue('stranger');
  assert.throws(() => loadTlsIdentity(settings({ key: stranger.keyFile })), /key values mismatch/);
  const noise = join(authority.folder, 'noise.pem');
  writeFileSync(noise, 'no certificate');
  assert.throws(() => loadTlsIdentity(settings({ cert: noise })));
  assert.throws(() => loadTlsIdentity(settings({ ca: join(authority.folder, 'gone.pem') })), /ENOENT/);
});

test('verification is off only where that is said', () => {
  assert.equal(loadTlsIdentity(settings()).rejectUnauthorized, true);
  const off = settings({ ca: undefined, insecureSkipVerify: true });
  assert.equal(loadTlsIdentity(off).rejectUnauthorized, false);
  assert.ok(readFileSync(authority.caFile).length > 0);
});
