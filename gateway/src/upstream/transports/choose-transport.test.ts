import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { Authority } from '../../core/testing/certificates.ts';
import { type UpstreamConfig, upstreamConfig } from '../config.ts';
import { Transports } from './choose-transport.ts';

const authority = new Authority({ after });
const configOf = (more: object = {}): UpstreamConfig =>
  upstreamConfig.parse({ url: 'https://users.example', ...more });

test('connections are kept while nothing changed that they depend on', () => {
  const transports = new Transports(systemClock);
  const keyOf = (more?: object): string => JSON.stringify(transports.settingsOf(configOf(more)));
  assert.equal(keyOf(), keyOf());
  assert.equal(keyOf({ retry: { max: 0 } }), keyOf());
  assert.notEqual(keyOf({ pool: { keepAlive: '1s' } }), keyOf());
  assert.notEqual(keyOf({ timeout: { connect: '2s' } }), keyOf());
  assert.notEqual(keyOf({ tls: { ca: authority.caFile } }), keyOf());
});

test('a certificate that was replaced makes new connections at the next reload, and not before', () => {
  const { certFile, keyFile } = authority.issue('gateway');
  const settings = { tls: { ca: authority.caFile, cert: certFile, key: keyFile } };
  const transports = new Transports(systemClock);
  const loaded = configOf(settings);
  const before = JSON.stringify(transports.settingsOf(loaded));
  assert.equal(JSON.stringify(transports.settingsOf(configOf(settings))), before);
  authority.issue('gateway');
  assert.equal(JSON.stringify(transports.settingsOf(loaded)), before);
  assert.notEqual(JSON.stringify(transports.settingsOf(configOf(settings))), before);
});
