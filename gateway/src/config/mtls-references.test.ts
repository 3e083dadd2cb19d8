import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFault } from './fault.ts';
import { mtlsFaults, mtlsWarnings } from './mtls-references.ts';
import { readYaml } from './yaml-source.ts';

const check = (text: string): string => mtlsFaults(readYaml('f', text).root).map(formatFault).join('\n');

test('somebody must ask for certificates', () => {
  assert.equal(check('listen: {}'), '');
  assert.equal(check('auth: { mtls: {} }\nlisten: { tls: { clientCa: ca.pem } }'), '');
  assert.match(check('auth: { mtls: {} }\nlisten: { tls: {} }'), /^f:1:15: auth.mtls: no client can show/);
});

test('certificates of consumers that nobody looks at are warned of', () => {
  const warned = (text: string): string => mtlsWarnings(readYaml('f', text).root).map(formatFault).join();
  const consumers = 'consumers: [{ id: a }, { id: b, certificates: [{ commonName: b }] }]';
  assert.match(warned(consumers), /consumers\[1\].certificates: mean nothing/);
  assert.equal(warned(`${consumers}\nauth: { mtls: {} }`), '');
  assert.equal(warned('consumers: [{ id: a }]'), '');
});

test('a proxy that tells of them must be trusted, and nobody on the way able to', () => {
  const forwarded = (more: string): string =>
    `auth: { mtls: { forwarded: { header: client-cert${more} } } }\nlisten: { trustedProxies: { addresses: [10.0.0.1] }`;
  assert.equal(check(`${forwarded('')}, tls: {} }`), '');
  assert.equal(check(`${forwarded(', allowPlain: true')} }`), '');
  assert.match(check(`${forwarded('')} }`), /auth.mtls.forwarded: is ignored on a listener without TLS/);
  const untrusted = 'auth: { mtls: { forwarded: { header: client-cert } } }\nlisten: { tls: {} }';
  assert.match(check(untrusted), /auth.mtls.forwarded: is believed of nobody/);
});
