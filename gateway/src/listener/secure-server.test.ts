/** Sessions, what they survive, and certificates that change on disk. (Clients' certificates: client-certificates.test.ts.) */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { ManualClock } from '../core/manual-clock.ts';
import { Authority } from '../core/testing/certificates.ts';
import { counting } from '../core/testing/counting-meter.ts';
import { serve } from './raw-client.fixture.ts';

const authority = new Authority({ after });
const server = authority.issue('server');
const tickets = { secret: 'a secret of thirty-two characters', rotate: '1h' };
const base = { cert: server.certFile, key: server.keyFile };

interface Visit {
  readonly session: Buffer | undefined;
  readonly resumed: boolean;
  readonly shown: string;
}

async function visit(port: number, session?: Buffer, version: tls.SecureVersion = 'TLSv1.3'): Promise<Visit> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: authority.ca,
    minVersion: version,
    maxVersion: version,
    ...(session ? { session } : {}),
  });
  let made: Buffer | undefined;
  socket.on('session', (given: Buffer) => {
    made = given;
  });
  await once(socket, 'secureConnect');
  const [resumed, shown] = [socket.isSessionReused(), String(socket.getPeerCertificate().subject?.CN)];
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'close');
  return { session: made, resumed, shown };
}

const listen = (t: TestContext, more: Record<string, unknown>, rest = {}) =>
  serve(t, { config: { tls: { ...base, ...more } }, ...rest });

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a session is resumed by another node with the secret, and by none without it (${version})`, async (t) => {
    const { meter, series } = counting();
    const one = await listen(t, { tickets });
    const other = await listen(t, { tickets }, { meter });
    const foreign = await listen(t, {});
    const { session } = await visit(one.port, undefined, version);
    assert.ok(session);
    assert.equal((await visit(other.port, session, version)).resumed, true);
    assert.equal(series.get(`frontdesk_listener_tls_handshakes_total{test,${version},true}`), 1);
    assert.equal((await visit(foreign.port, session, version)).resumed, false);
  });
}

test('a session survives a reload, and a new certificate, but not the rotation of the keys', async (t) => {
  const clock = new ManualClock(Math.floor(Date.now() / 3_600_000) * 3_600_000);
  const { port, listener } = await listen(t, { tickets }, { clock });
  const { session } = await visit(port);
  listener.renewCertificates();
  assert.equal((await visit(port, session)).resumed, true);
  clock.advance(3_600_001);
  const later = await visit(port, session);
  assert.equal(later.resumed, false);
  assert.equal((await visit(port, later.session)).resumed, true);
  // Not back to the key that it began with.
  listener.renewCertificates();
  assert.equal((await visit(port, later.session)).resumed, true);
});

test('files that change are read again where that is asked for, and nothing else closes', async (t) => {
  const at = (name: string) => join(authority.folder, name);
  const files = { cert: at('watched.pem'), key: at('watched.key') };
  copyFileSync(server.certFile, files.cert);
  copyFileSync(server.keyFile, files.key);
  const told = Promise.withResolvers<void>();
  const silent = () => {};
  const logger = { debug: silent, info: () => told.resolve(), warn: silent, error: silent };
  const { port } = await listen(t, { ...files, watch: true }, { logger });
  const open = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.ca });
  await once(open, 'secureConnect');
  const renewed = authority.issue('renewed');
  writeFileSync(files.cert, renewed.cert);
  writeFileSync(files.key, renewed.key);
  await told.promise;
  assert.equal((await visit(port)).shown, 'renewed');
  open.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [chunk] = await once(open, 'data');
  assert.match(String(chunk), /^HTTP\/1\.1 200/);
  open.destroy();
});

test('ciphers without forward secrecy are not spoken, and those that are asked for are', async (t) => {
  const { port } = await listen(t, {});
  const weak = tls.connect({
    port,
    ca: authority.ca,
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-ECDSA-AES128-SHA',
  });
  await assert.rejects(once(weak, 'secureConnect'));
  const chosen = await listen(t, { ciphers: ['TLS_CHACHA20_POLY1305_SHA256'], curves: ['P-256'] });
  const socket = tls.connect({
    port: chosen.port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: authority.ca,
  });
  await once(socket, 'secureConnect');
  assert.equal(socket.getCipher().name, 'TLS_CHACHA20_POLY1305_SHA256');
  socket.destroy();
});

test('nobody renegotiates, and a session may be resumed as long as is said', async (t) => {
  const { port } = await listen(t, { tickets: { lifetime: '30m' } });
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: authority.ca,
    maxVersion: 'TLSv1.2',
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const refused = await new Promise<Error | null>((done) => {
    socket.renegotiate({}, done);
    socket.once('close', () => done(new Error('closed')));
  });
  assert.ok(refused);
  socket.destroy();
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2']);
  client.stdin.end();
  let said = '';
  client.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(client, 'close');
  assert.match(said, /ticket lifetime hint: 1800 /);
});
