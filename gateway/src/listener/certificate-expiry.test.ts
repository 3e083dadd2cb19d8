import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import { Authority } from '../core/testing/certificates.ts';
import { counting } from '../core/testing/counting-meter.ts';
import { expiryGauge, expiryOf } from './certificate-expiry.ts';
import { readCertificates } from './certificates.ts';
import { listenTlsConfig } from './tls-config.ts';

const authority = new Authority({ after });
const [main, old] = [authority.issue('main'), authority.issue('old', { expired: true })];
const endOf = (pem: string): number => new X509Certificate(pem).validToDate.getTime();

const read = (more: Record<string, unknown>) =>
  readCertificates(listenTlsConfig.parse({ cert: main.certFile, key: main.keyFile, ...more }));

test('the first to end of each kind counts', () => {
  const others = [{ cert: old.certFile, key: old.keyFile }];
  const trust = { clientCa: authority.caFile, crl: authority.revoke('list') };
  const expiry = expiryOf(read({ others, ...trust }));
  assert.equal(expiry.certificate, endOf(old.cert));
  assert.equal(expiry.client_ca, endOf(authority.ca));
  assert.ok(expiry.crl > Date.now());
});

test('what there is none of is not told, and goes when it goes', () => {
  const { meter, series } = counting();
  const tell = expiryGauge(meter, 'public');
  tell(read({}));
  const name = 'frontdesk_listener_certificate_expiry_timestamp_seconds';
  assert.equal(series.get(`${name}{public,certificate}`), endOf(main.cert) / 1_000);
  assert.ok(Number.isNaN(series.get(`${name}{public,crl}`)));
});
