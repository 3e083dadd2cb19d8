import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenConfig } from './listen-config.ts';
import { listenTlsConfig } from './tls-config.ts';

test('a certificate and its key; TLS 1.2 or newer', () => {
  const files = { cert: 'a.pem', key: 'a.key' };
  assert.deepEqual(listenTlsConfig.parse(files), { ...files, others: [], minVersion: '1.2' });
  assert.equal(listenTlsConfig.safeParse({ cert: 'a.pem' }).success, false);
  assert.equal(listenTlsConfig.safeParse({ ...files, minVersion: '1.1' }).success, false);
});

test('HTTP/2 is off, and needs TLS', () => {
  assert.equal(listenConfig.parse(undefined).http2, false);
  const fault = listenConfig.safeParse({ http2: true }).error?.issues[0];
  assert.deepEqual(fault?.path, ['http2']);
  assert.match(fault?.message ?? '', /expected listen\.tls/);
});
