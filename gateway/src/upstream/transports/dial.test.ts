import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import type tls from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { systemClock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Authority, type Issued } from '../../core/testing/certificates.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { rawBackend, text } from '../testing/harness.ts';
import { type Destination, HTTP1_ALPN, openConnection } from './dial.ts';
import { upstreamTlsConfig } from './tls-config.ts';
import { loadTlsIdentity } from './tls-identity.ts';
import { call, transport } from './undici.fixture.ts';

const authority = new Authority({ after });
const other = new Authority({ after });
const good = authority.issue('server');

/** A server with this certificate, which says who its client is. */
async function secureBackend(t: TestContext, issued: Issued, more: tls.TlsOptions = {}): Promise<string> {
  const server = https.createServer({ cert: issued.cert, key: issued.key, ...more }, (req, res) => {
    const socket: unknown = req.socket;
    const name = isTls(socket) ? socket.getPeerCertificate().subject?.CN : undefined;
    const asked = isTls(socket) ? socket.servername : undefined;
    res.end(JSON.stringify({ client: name, asked }));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

function isTls(socket: unknown): socket is TLSSocket {
  return typeof socket === 'object' && socket !== null && 'getPeerCertificate' in socket;
}

function to(url: string, settings?: object): Destination {
  const identity = settings && loadTlsIdentity(upstreamTlsConfig.parse(settings));
  return { address: parseEndpointUrl(url), tls: identity };
}

async function ask(t: TestContext, url: string, settings?: object): Promise<unknown> {
  const reply = await transport(t, url, { destination: to(url, settings) }).send(call());
  return JSON.parse(await text(reply));
}

/** Refused before anything was sent, for this reason. */
function refusedFor(reason: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof FrontdeskError && error.code === 'upstream_connect' && reason.test(error.detail ?? '');
}

describe('a backend over TLS', () => {
  test('whose authority we trust is asked', async (t) => {
    const url = await secureBackend(t, good);
    assert.deepEqual(await ask(t, url, { ca: authority.caFile }), { asked: false });
  });

  test('is refused with an authority that the system does not know', async (t) => {
    const url = await secureBackend(t, good);
    await assert.rejects(ask(t, url), refusedFor(/UNABLE_TO_VERIFY|SELF_SIGNED/));
  });

  test('is refused with a certificate of another authority than ours', async (t) => {
    const url = await secureBackend(t, other.issue('impostor'));
    await assert.rejects(ask(t, url, { ca: authority.caFile }), refusedFor(/UNABLE_TO_VERIFY/));
  });

  test('is refused with a certificate that is no longer valid', async (t) => {
    const url = await secureBackend(t, authority.issue('expired', { expired: true }));
    await assert.rejects(ask(t, url, { ca: authority.caFile }), refusedFor(/CERT_HAS_EXPIRED/));
  });

  test('is refused with a certificate for another name', async (t) => {
    const url = await secureBackend(t, authority.issue('named', { names: 'DNS:users.example' }));
    await assert.rejects(ask(t, url, { ca: authority.caFile }), refusedFor(/ALTNAME_INVALID/));
    const named = { ca: authority.caFile, serverName: 'users.example' };
    assert.deepEqual(await ask(t, url, named), { asked: 'users.example' });
  });

  test('is refused where it speaks nothing newer than TLS 1.1', async (t) => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const url = await secureBackend(t, good, old);
    await assert.rejects(ask(t, url, { ca: authority.caFile }), refusedFor(/TLS|SSL/));
  });

  test('is refused where it speaks nothing as new as it must', async (t) => {
    const url = await secureBackend(t, good, { maxVersion: 'TLSv1.2' });
    assert.deepEqual(await ask(t, url, { ca: authority.caFile }), { asked: false });
    await assert.rejects(ask(t, url, { ca: authority.caFile, minVersion: '1.3' }), refusedFor(/TLS|SSL/));
  });

  test('is taken as it is where that is asked for in so many words', async (t) => {
    const url = await secureBackend(t, other.issue('unverified'));
    assert.deepEqual(await ask(t, url, { insecureSkipVerify: true }), { asked: false });
  });

  test('learns who we are, where it asks', async (t) => {
    const url = await secureBackend(t, good, { ca: authority.ca, requestCert: true });
    const { certFile, keyFile } = authority.issue('gateway');
    const ours = { ca: authority.caFile, cert: certFile, key: keyFile };
    assert.deepEqual(await ask(t, url, ours), { client: 'gateway', asked: false });
    await assert.rejects(ask(t, url, { ca: authority.caFile }), FrontdeskError);
  });
});

test('a Unix socket, with a base path', async (t) => {
  const path = join(authority.folder, 'app.sock');
  const server = http.createServer((req, res) => res.end(JSON.stringify([req.url, req.headers.host])));
  server.listen(path);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  assert.deepEqual(await ask(t, `unix:${path}:/base`), ['/base/', 'localhost']);
  await assert.rejects(ask(t, `unix:${path}.gone`), refusedFor(/ENOENT/));
});

test('a connection for one use is given up when it takes too long', async (t) => {
  const accepted = Promise.withResolvers<net.Socket>();
  const url = await rawBackend(t, (socket) => accepted.resolve(socket));
  const clock = new ManualClock();
  const open = openConnection(to(url.replace('http:', 'https:')), HTTP1_ALPN, clock, 1000, assert.fail);
  await accepted.promise;
  const closed = new Promise<void>((resolve) => open.once('close', () => resolve()));
  const error = new Promise((resolve) => open.once('error', resolve));
  clock.advance(1000);
  assert.ok((await error) instanceof FrontdeskError);
  await closed;
});

test('a connection for one use says when it is there', async (t) => {
  const url = await rawBackend(t, () => {});
  const connected = Promise.withResolvers<void>();
  const open = openConnection(to(url), HTTP1_ALPN, systemClock, 1000, connected.resolve);
  await connected.promise;
  open.destroy();
});
