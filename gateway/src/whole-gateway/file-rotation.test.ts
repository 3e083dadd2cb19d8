/**
 * Certificates, keys and secrets are replaced in their files, as who renews them does it, and a reload takes them over: open
 * connections go on, new handshakes and new calls have what is new, a file that is unfit changes nothing and is named.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, TLSSocket } from 'node:tls';
import { startGateway } from '../app.ts';
import { jwksOf, makeKey, type SigningKey, signToken } from '../auth/testing/issuer.ts';
import type { Attempt } from '../change/attempt.ts';
import { ConfigReader } from '../change/config-reader.ts';
import { diffSummary } from '../change/diff-text.ts';
import { Reloads } from '../change/reloads.ts';
import { GatewayTarget } from '../cli/gateway-target.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { Authority, type Issued } from '../core/testing/certificates.ts';
import type { Running } from '../running.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontdesk-rotation-'));
const at = (name: string): string => join(folder, name);
const [first, second] = [new Authority({ after }), new Authority({ after })];
const [keyOne, keyTwo] = [makeKey('k1', 'ES256'), makeKey('k2', 'ES256')];
const ISSUER = 'https://issuer.example';
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: first.ca });

let backend: Server;
let running: Running;
let reloads: Reloads;

function install({ certFile, keyFile }: Issued, name: string): void {
  copyFileSync(certFile, at(`${name}.pem`));
  copyFileSync(keyFile, at(`${name}.key`));
}

before(async () => {
  const own = first.issue('backend');
  backend = createServer(
    { cert: own.cert, key: own.key, ca: [first.ca, second.ca], requestCert: true },
    (request, response) => {
      const peer = request.socket instanceof TLSSocket ? request.socket.getPeerCertificate().subject?.CN : '';
      response.end(`${peer} ${request.headers.authorization}`);
    },
  );
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const address = backend.address();
  const port = typeof address === 'object' ? address?.port : 0;
  install(first.issue('door-1'), 'door');
  install(first.issue('partner-1', { names: 'DNS:partner.example' }), 'partner');
  install(first.issue('client-1'), 'client');
  writeFileSync(at('upstream-ca.pem'), first.ca);
  writeFileSync(at('bearer'), 'secret-one');
  writeFileSync(at('keys.json'), JSON.stringify(jwksOf(keyOne)));
  const file = at('frontdesk.yaml');
  writeFileSync(
    file,
    `listen:
  host: 127.0.0.1
  port: 0
  drain: { idle: 20ms }
  tls: { cert: door.pem, key: door.key, others: [{ cert: partner.pem, key: partner.key }] }
telemetry: { accessLog: { enabled: false }, level: silent }
reload: { watch: false }
auth: { jwt: { issuer: "${ISSUER}", audience: here, keys: "file:keys.json", algorithms: [ES256] }, failures: unlimited }
upstreams:
  orders:
    url: https://localhost:${port}
    retry: { max: 0 }
    breaker: { enabled: false }
    tls: { ca: upstream-ca.pem, cert: client.pem, key: client.key }
    credentials: { bearer: "file:bearer" }
routes:
  - { match: { path: /orders }, to: { upstream: orders }, auth: none, limit: unlimited }
  - { match: { path: /in }, to: { fixed: { body: in } }, auth: [jwt], limit: unlimited }
`,
  );
  const shape = (read: Config | undefined): Config => read ?? assert.fail();
  reloads = new Reloads({ reader: new ConfigReader({ file, environment: {}, shape }), clock: systemClock });
  const begun = reloads.start();
  assert.ok(begun.ok, JSON.stringify(begun));
  running = await startGateway({ config: begun.config, folder });
  reloads.follow({ ...running.telemetry, target: new GatewayTarget(running, folder, begun.version) });
});

after(async () => {
  agent.destroy();
  reloads?.close();
  await running?.drain();
  backend?.close();
  backend?.closeAllConnections();
  rmSync(folder, { recursive: true });
});

const sockets = new Set<unknown>();

/** Over the one connection that stays open all the time. */
function ask(path: string, authorization = ''): Promise<{ status: number; text: string }> {
  const { port } = running.addresses.public;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const request = get(
    { agent, host: '127.0.0.1', servername: 'localhost', port, path, headers: { authorization } },
    (response) => {
      sockets.add(request.socket);
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    },
  );
  request.on('error', reject);
  return promise;
}

/** Whose certificate is shown in a new handshake. */
async function shownFor(servername: string): Promise<unknown> {
  const { port } = running.addresses.public;
  const socket = connect({ host: '127.0.0.1', port, servername, ca: first.ca });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

const withKey = async (key: SigningKey): Promise<number> => {
  const now = Math.floor(Date.now() / 1000);
  const token = signToken(key, { iss: ISSUER, aud: 'here', sub: 'u1', iat: now, exp: now + 300 }, {});
  return (await ask('/in', `Bearer ${token}`)).status;
};

/** What a reload says of the files that changed. */
async function reload(): Promise<{ outcome: Attempt['outcome']; said: readonly string[] }> {
  const { outcome, changes, reasons } = await reloads.signal();
  return { outcome, said: outcome === 'refused' ? reasons : diffSummary(changes, 20) };
}

async function refused(why: RegExp): Promise<void> {
  const { outcome, said } = await reload();
  assert.equal(outcome, 'refused');
  assert.match(said.join('\n'), why);
}

test("the listener's certificates, each by its name", async () => {
  assert.equal((await ask('/orders')).text, 'client-1 Bearer secret-one');
  assert.deepEqual([await shownFor('localhost'), await shownFor('partner.example')], ['door-1', 'partner-1']);
  install(first.issue('door-2'), 'door');
  assert.deepEqual(await reload(), { outcome: 'applied', said: ['~ files door.pem', '~ files door.key'] });
  assert.deepEqual([await shownFor('localhost'), await shownFor('partner.example')], ['door-2', 'partner-1']);
  const renewed = first.issue('partner-2', { names: 'DNS:partner.example' });
  copyFileSync(renewed.certFile, at('partner.pem'));
  await refused(/listen\.tls\.others\[0\]\.key: is not the key of the certificate beside it/);
  assert.deepEqual([await shownFor('localhost'), await shownFor('partner.example')], ['door-2', 'partner-1']);
  copyFileSync(renewed.keyFile, at('partner.key'));
  assert.equal((await reload()).outcome, 'applied');
  assert.equal(await shownFor('partner.example'), 'partner-2');
});

test('what backends are believed by, and what is shown to them', async () => {
  install(second.issue('client-2'), 'client');
  assert.equal((await reload()).outcome, 'applied');
  assert.equal((await ask('/orders')).text, 'client-2 Bearer secret-one');
  writeFileSync(at('upstream-ca.pem'), 'no certificate');
  await refused(/upstreams\.orders\.tls\.ca: expected certificates \(PEM\)/);
  assert.equal((await ask('/orders')).status, 200);
  // An authority that did not sign the backend's: a connection of before is no way around it.
  writeFileSync(at('upstream-ca.pem'), second.ca);
  assert.deepEqual(await reload(), { outcome: 'applied', said: ['~ files upstream-ca.pem'] });
  assert.equal((await ask('/orders')).status, 502);
  writeFileSync(at('upstream-ca.pem'), second.ca + first.ca);
  assert.equal((await reload()).outcome, 'applied');
  assert.equal((await ask('/orders')).status, 200);
});

test("a secret, and an issuer's keys", async () => {
  writeFileSync(at('bearer'), '');
  await refused(/upstreams\.orders\.credentials\.bearer: the file "bearer" is empty/);
  assert.equal((await ask('/orders')).text, 'client-2 Bearer secret-one');
  writeFileSync(at('bearer'), 'secret-two\n');
  const { said } = await reload();
  assert.ok(said.includes('~ upstreams orders: credentials.bearer'), said.join());
  assert.equal((await ask('/orders')).text, 'client-2 Bearer secret-two');
  assert.deepEqual([await withKey(keyOne), await withKey(keyTwo)], [200, 401]);
  writeFileSync(at('keys.json'), JSON.stringify(jwksOf(keyTwo, keyOne)));
  assert.equal((await reload()).outcome, 'applied');
  assert.deepEqual([await withKey(keyOne), await withKey(keyTwo)], [200, 200]);
  writeFileSync(at('keys.json'), '{"keys":[]}');
  await refused(/auth\.jwt\.keys: expected public keys for signatures: no signing key/);
  assert.equal(await withKey(keyTwo), 200);
  writeFileSync(at('keys.json'), JSON.stringify(jwksOf(keyTwo)));
  assert.equal((await reload()).outcome, 'applied');
  assert.deepEqual([await withKey(keyOne), await withKey(keyTwo)], [401, 200]);
});

test('all the while the connection that was there first went on', () => {
  assert.equal(sockets.size, 1);
});
