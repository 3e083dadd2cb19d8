import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenTlsConfig } from './tls-config.ts';

const own = { cert: 'a.pem', key: 'a.key' };
const messages = (written: unknown): string =>
  listenTlsConfig
    .safeParse(written)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join() ?? '';

test('a certificate and its key; TLS 1.2 or newer, with forward secrecy alone', () => {
  const { ciphers, tickets, ...rest } = listenTlsConfig.parse(own);
  assert.deepEqual(rest, { ...own, others: [], minVersion: '1.2', watch: false });
  assert.ok(ciphers.every((name) => /^(TLS_|ECDHE-).*(GCM|POLY1305)/.test(name)));
  assert.deepEqual(tickets, { rotate: 43_200_000, lifetime: 3_600_000 });
  for (const wrong of [
    { cert: 'a.pem' },
    { ...own, minVersion: '1.1' },
    { ...own, passphrase: 'x' },
    { ...own, others: [{ cert: 'b.pem' }] },
    { ...own, ciphers: ['RC4-MD5'] },
    { ...own, curves: ['P-192'] },
  ]) {
    assert.equal(listenTlsConfig.safeParse(wrong).success, false);
  }
});

test("clients' authorities are a file or several, and what needs them says so", () => {
  assert.deepEqual(listenTlsConfig.parse({ ...own, clientCa: 'ca.pem' }).clientCa, ['ca.pem']);
  assert.deepEqual(listenTlsConfig.parse({ ...own, clientCa: ['a', 'b'], crl: 'c' }).crl, ['c']);
  assert.match(messages({ ...own, clientAuth: 'request' }), /^clientAuth: needs clientCa/);
  assert.match(messages({ ...own, crl: ['c'] }), /^crl: needs clientCa/);
});

test('a secret that can be guessed is none', () => {
  assert.match(messages({ ...own, tickets: { secret: 'short' } }), /tickets.secret: expected 32 characters/);
  assert.match(messages({ ...own, tickets: { rotate: '1s' } }), /tickets.rotate: expected 1m to 168h/);
});
