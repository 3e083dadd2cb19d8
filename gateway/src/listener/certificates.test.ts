import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { Authority, type Issued } from '../core/testing/certificates.ts';
import { certificateFor, namesOf, readCertificates } from './certificates.ts';
import { serve } from './raw-client.fixture.ts';
import { listenTlsConfig } from './tls-config.ts';

const authority = new Authority({ after });
const main = authority.issue('main');
const partner = authority.issue('partner', { names: 'DNS:partner.example,DNS:*.partner.example' });
const files = ({ certFile, keyFile }: Issued) => ({ cert: certFile, key: keyFile });
const config = { ...files(main), others: [files(partner)] };

/** Whose certificate a client sees that asks for this name. */
async function shown(port: number, servername: string, ca = authority.ca): Promise<string> {
  const options = { port, host: '127.0.0.1', servername, ca, checkServerIdentity: () => undefined };
  const socket = tls.connect(options);
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

test('names are those of the certificates, one label for a star', () => {
  assert.deepEqual(namesOf(Buffer.from(partner.cert)), ['partner.example', '*.partner.example']);
  const all = readCertificates(listenTlsConfig.parse(config));
  assert.ok(certificateFor(all, 'Partner.example'));
  assert.ok(certificateFor(all, 'a.partner.example'));
  assert.equal(certificateFor(all, 'a.b.partner.example'), undefined);
  assert.equal(certificateFor(all, 'localhost'), undefined);
});

test('clients see the certificate of the name they ask for, and new ones after a renewal', async (t) => {
  const { port, listener } = await serve(t, { config: { tls: config } });
  assert.equal(await shown(port, 'localhost'), 'main');
  assert.equal(await shown(port, 'api.partner.example'), 'partner');
  const renewed = authority.issue('renewed');
  writeFileSync(main.certFile, renewed.cert);
  writeFileSync(main.keyFile, renewed.key);
  assert.equal(await shown(port, 'localhost'), 'main');
  listener.renewCertificates();
  assert.equal(await shown(port, 'localhost'), 'renewed');
  writeFileSync(main.keyFile, 'no key');
  assert.throws(() => listener.renewCertificates());
  assert.equal(await shown(port, 'localhost'), 'renewed');
});

test('what is older than TLS 1.2 is refused', async (t) => {
  writeFileSync(main.certFile, main.cert);
  writeFileSync(main.keyFile, main.key);
  const { port } = await serve(t, { config: { tls: config } });
  const old = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const socket = tls.connect({ port, host: '127.0.0.1', ca: authority.ca, ...old });
  await assert.rejects(once(socket, 'secureConnect'));
});
