import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamConfig } from '../config.ts';
import { upstreamTlsConfig } from './tls-config.ts';

function faultOf(settings: object): string {
  return upstreamTlsConfig.safeParse(settings).error?.issues[0]?.message ?? 'none';
}

test('by default TLS 1.2 or newer is spoken, and verified', () => {
  assert.deepEqual(upstreamTlsConfig.parse({}), { minVersion: '1.2', insecureSkipVerify: false });
});

test('halves of a pair, contradictions and names that are none are refused', () => {
  assert.match(faultOf({ cert: 'a.pem' }), /cert and key together/);
  assert.match(faultOf({ key: 'a.key' }), /cert and key together/);
  assert.match(faultOf({ ca: 'ca.pem', insecureSkipVerify: true }), /either ca or insecureSkipVerify/);
  assert.match(faultOf({ serverName: 'https://a' }), /host name/);
  assert.match(faultOf({ minVersion: '1.1' }), /1\.2/);
});

test('it is refused where no TLS would be spoken: it must not seem to protect', () => {
  const refused = (config: object): boolean => !upstreamConfig.safeParse({ tls: {}, ...config }).success;
  assert.equal(refused({ url: 'http://users' }), true);
  assert.equal(refused({ url: 'unix:/run/a.sock' }), true);
  assert.equal(refused({ targets: [{ url: 'https://a' }, { url: 'http://b' }] }), true);
  assert.equal(refused({ url: 'https://users' }), false);
});
