/** The examples of gateway/docs/TRANSPORTS.md: a backend that asks for certificates, one over HTTP/2, one on a socket. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import http2 from 'node:http2';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ROOT } from '../stack/config.ts';
import { freePorts } from '../stack/ports.ts';
import { startPage } from './example.ts';

const CERTS = join(ROOT, 'node_modules/.cache/frontdesk/docs/TRANSPORTS.md/transports.yaml/certs');
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: CERTS, stdio: 'ignore' });
}

function makeCertificates(): void {
  mkdirSync(CERTS, { recursive: true });
  openssl('req', '-x509', ...NEW_KEY, '-subj', '/CN=Example', '-keyout', 'ca.key', '-out', 'ca.pem');
  for (const [name, names] of [
    ['gateway', 'DNS:localhost,IP:127.0.0.1'],
    ['users', 'DNS:users.internal'],
  ] as const) {
    openssl(
      'req',
      ...NEW_KEY.slice(0, -2),
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    writeFileSync(join(CERTS, 'names'), `subjectAltName=${names}\n`);
    const signed = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      'names',
      '-days',
      '2',
    ];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
}

function file(name: string): Buffer {
  return readFileSync(join(CERTS, name));
}

async function listen(t: TestContext, server: Server, place: number | string): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof place === 'number') server.listen(place, '127.0.0.1', resolve);
    else server.listen(place, resolve);
  });
  t.after(() => void server.close());
}

test('the examples of TRANSPORTS.md do what it says', { timeout: 300_000 }, async (t) => {
  makeCertificates();
  const [usersPort = 0, pricesPort = 0] = await freePorts(2);
  const path = join(tmpdir(), `frontdesk-files-${process.pid}.sock`);
  rmSync(path, { force: true });
  const trust = { cert: file('users.pem'), key: file('users.key'), ca: file('ca.pem'), requestCert: true };
  let client = '';
  const users = http2.createSecureServer({ ...trust, allowHTTP1: true }, (request, response) => {
    response.end(`${client} by HTTP/${request.httpVersion}\n`);
  });
  users.on('secureConnection', (socket) => {
    client = `${socket.getPeerCertificate().subject?.CN} asks for ${socket.servername}`;
  });
  const prices = http2.createServer((request, response) => {
    response.end(`prices by HTTP/${request.httpVersion}\n`);
  });
  const files = createServer((request, response) => {
    response.end(`${request.url} of ${request.headers.host}\n`);
  });
  await listen(t, users, usersPort);
  await listen(t, prices, pricesPort);
  await listen(t, files, path);
  const page = await startPage(t, {
    page: 'TRANSPORTS.md',
    config: 'transports.yaml',
    secure: true,
    moved: {
      '127.0.0.1:4101': `127.0.0.1:${usersPort}`,
      '127.0.0.1:4102': `127.0.0.1:${pricesPort}`,
      '/tmp/frontdesk-files.sock': path,
    },
  });
  for (const title of ['tls', 'prior-knowledge', 'unix', 'inbound'])
    await t.test(title, () => page.run(title));
});
