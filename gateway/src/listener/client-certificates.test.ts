/** Area E of the catalogue over real sockets: who gets in with which certificate, and what a reload changes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { Authority, type Issued } from '../core/testing/certificates.ts';
import { counting } from '../core/testing/counting-meter.ts';
import { type Served, serve, textReply } from './raw-client.fixture.ts';

const authority = new Authority({ after });
const stranger = new Authority({ after });
const server = authority.issue('server');
const partner = authority.issue('partner', {
  subject: '/O=Example/CN=partner',
  names: 'DNS:Partner.Example,URI:spiffe://example/partner,email:ops@partner.example',
});

type ClientOptions = tls.ConnectionOptions;

interface Talk {
  /** What came back, empty where the server closed the connection unheard. */
  readonly text: string;
  readonly session: Buffer | undefined;
  readonly resumed: boolean;
}

/** One request over one connection. */
async function talk(port: number, more: ClientOptions = {}, host = 'localhost'): Promise<Talk> {
  const socket = tls.connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: authority.ca,
    checkServerIdentity: () => undefined,
    ...more,
  });
  let text = '';
  let session: Buffer | undefined;
  let resumed = false;
  socket.on('session', (made: Buffer) => {
    session = made;
  });
  socket.on('secureConnect', () => {
    resumed = socket.isSessionReused();
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  await closed(socket);
  return { text, session, resumed };
}

/** Whatever closed it. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

const by = ({ cert, key }: Issued): ClientOptions => ({ cert, key });

const listed = (folder: string, name: string) => join(folder, name);

interface Guarded extends Served {
  readonly failures: () => readonly string[];
  /** What the log says. */
  readonly told: readonly string[];
}

/** A listener that takes certificates of the authority, and answers with what it knows of its client. */
async function guard(t: TestContext, more: Record<string, unknown> = {}): Promise<Guarded> {
  const { meter, series } = counting();
  const told: string[] = [];
  const tell = (_: unknown, message: string): void => void told.push(message);
  const served = await serve(t, {
    meter,
    logger: { debug: tell, info: tell, warn: tell, error: tell },
    config: {
      tls: { cert: server.certFile, key: server.keyFile, clientCa: authority.caFile, ...more },
    },
    handle: async ({ client }) => textReply(`client:${client.certificate?.commonName}`),
  });
  const failures = () =>
    [...series].flatMap(
      ([name]) => /^frontdesk_listener_tls_failures_total\{test,(.*)\}$/.exec(name)?.[1] ?? [],
    );
  return { ...served, failures, told };
}

test('a client is known by its certificate, on each request of its connection', async (t) => {
  const { port, exchanges } = await guard(t);
  const { text } = await talk(port, by(partner));
  assert.match(text, /client:partner$/);
  const { client } = exchanges[0] ?? assert.fail();
  assert.equal(client.certificate?.subject, 'O=Example\nCN=partner');
  assert.deepEqual(client.certificate?.names, [
    { kind: 'dns', value: 'partner.example' },
    { kind: 'uri', value: 'spiffe://example/partner' },
    { kind: 'email', value: 'ops@partner.example' },
  ]);
  assert.ok((client.certificate?.notAfter ?? 0) > Date.now());
});

test('with `require` nobody comes in without a certificate, with `request` as nobody in particular', async (t) => {
  const strict = await guard(t);
  assert.equal((await talk(strict.port)).text, '');
  assert.deepEqual(strict.failures(), ['certificate_missing']);
  const lenient = await guard(t, { clientAuth: 'request' });
  assert.match((await talk(lenient.port)).text, /client:undefined$/);
  assert.match((await talk(lenient.port, by(partner))).text, /client:partner$/);
});

for (const clientAuth of ['require', 'request']) {
  test(`E71: expired, future, wrong CA, wrong EKU and self-signed certificates are refused (${clientAuth})`, async (t) => {
    const alone = stranger.issue('alone');
    const cases: readonly [Issued, string][] = [
      [authority.issue('expired', { expired: true }), 'certificate_expired'],
      [authority.issue('future', { future: true }), 'certificate_not_yet_valid'],
      [alone, 'certificate_untrusted'],
      [
        { ...alone, cert: stranger.ca, key: readFileSync(join(stranger.folder, 'ca.key'), 'utf8') },
        'certificate_untrusted',
      ],
      [authority.issue('server-only', { usage: 'serverAuth' }), 'certificate_purpose'],
    ];
    for (const [issued, reason] of cases) {
      const { port, failures } = await guard(t, { clientAuth });
      assert.equal((await talk(port, by(issued))).text, '', reason);
      assert.deepEqual(failures(), [reason]);
      assert.match((await talk(port, by(partner))).text, /client:partner$/);
    }
  });
}

test('E72: a certificate whose alternative name holds NUL is refused', async (t) => {
  // SEQUENCE { dNSName "partner.example\0.evil.example" }
  const name = Buffer.from('partner.example\0.evil.example', 'latin1');
  const der = Buffer.concat([Buffer.from([0x30, name.length + 2, 0x82, name.length]), name]);
  const forged = authority.issue('forged', { names: `DER:${der.toString('hex')}` });
  const { port, failures } = await guard(t);
  assert.equal((await talk(port, by(forged))).text, '');
  assert.deepEqual(failures(), ['certificate_malformed']);
});

test('a revoked certificate is refused, and everybody once the list is out of date', async (t) => {
  const lost = authority.issue('lost');
  const { port, failures } = await guard(t, { crl: [authority.revoke('now', [lost])] });
  assert.equal((await talk(port, by(lost))).text, '');
  assert.match((await talk(port, by(partner))).text, /client:partner$/);
  assert.deepEqual(failures(), ['certificate_revoked']);
  const late = await guard(t, { crl: authority.revoke('late', [], { outdated: true }) });
  assert.equal((await talk(late.port, by(partner))).text, '');
  await talk(late.port, by(partner));
  assert.deepEqual(late.failures(), ['revocation_list']);
  assert.equal(late.told.filter((message) => message.includes('out of date')).length, 1);
});

test('a list that somebody else signed in the name of the authority lets nobody in', async (t) => {
  const lost = authority.issue('lost-too');
  const forged = stranger.revoke('forged');
  const alone = await guard(t, { crl: [forged] });
  assert.equal((await talk(alone.port, by(partner))).text, '');
  assert.deepEqual(alone.failures(), ['revocation_list']);
  const both = await guard(t, { crl: [forged, authority.revoke('true', [lost])] });
  assert.equal((await talk(both.port, by(lost))).text, '');
});

test('E74: a session is resumed, elsewhere too, but not after a reload of the lists or the authorities', async (t) => {
  const crl = authority.revoke('changing');
  const ca = listed(authority.folder, 'changing-ca.pem');
  copyFileSync(authority.caFile, ca);
  const shared = { clientCa: ca, crl, tickets: { secret: 'a secret of thirty-two characters' } };
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    const own = { minVersion: version, maxVersion: version };
    const client = authority.issue(`holder-${version}`);
    copyFileSync(authority.revoke('fresh'), crl);
    copyFileSync(authority.caFile, ca);
    const [one, other] = [await guard(t, shared), await guard(t, shared)];
    const { session } = await talk(one.port, { ...own, ...by(client) });
    assert.ok(session);
    // Without the certificate at hand: what it proved comes with the session.
    const elsewhere = await talk(other.port, { ...own, session });
    assert.ok(elsewhere.resumed);
    assert.match(elsewhere.text, new RegExp(`client:holder-${version}$`));
    copyFileSync(authority.revoke('revoking', [client]), crl);
    other.listener.renewCertificates();
    const revoked = await talk(other.port, { ...own, ...by(client), session });
    assert.deepEqual([revoked.resumed, revoked.text], [false, '']);
    assert.deepEqual(other.failures(), ['certificate_revoked']);
    writeFileSync(ca, stranger.ca);
    one.listener.renewCertificates();
    const distrusted = await talk(one.port, { ...own, ...by(client), session });
    assert.deepEqual([distrusted.resumed, distrusted.text], [false, '']);
  }
});

test('E74: a session without a certificate is not resumed where one is required', async (t) => {
  const tickets = { secret: 'a secret of thirty-two characters' };
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    const own = { minVersion: version, maxVersion: version };
    const lenient = await guard(t, { clientAuth: 'request', tickets });
    const strict = await guard(t, { tickets });
    const { session } = await talk(lenient.port, own);
    assert.ok(session);
    assert.equal((await talk(strict.port, { ...own, session })).text, '');
    assert.deepEqual(strict.failures(), ['certificate_missing']);
  }
});

test('a reload that revokes a client cuts its connection; others finish, and come back by themselves', async (t) => {
  const lost = authority.issue('lost-later');
  const crl = authority.revoke('later');
  const { port, listener } = await guard(t, { crl });
  const open = async (issued: Issued) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: authority.ca,
      ...by(issued),
    });
    socket.on('error', () => {});
    const ask = async () => {
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const [chunk] = await once(socket, 'data');
      return String(chunk);
    };
    assert.match(await ask(), /connection: keep-alive/i);
    return { socket, ask };
  };
  const [leaving, staying] = [await open(lost), await open(partner)];
  const cut = once(leaving.socket, 'close');
  copyFileSync(authority.revoke('later-revoking', [lost]), crl);
  listener.renewCertificates();
  await cut;
  assert.match(await staying.ask(), /connection: close/i);
});

test('E74: a handshake that began before a reload does not end under the authorities of before', async (t) => {
  const ca = listed(authority.folder, 'replaced-ca.pem');
  copyFileSync(authority.caFile, ca);
  const { port, listener, failures } = await guard(t, { clientCa: ca });
  const slow = connectTcp({ port, host: '127.0.0.1' });
  await once(slow, 'connect');
  // Connections are taken in the order in which they come: after this one, the slow one has been.
  assert.match((await talk(port, by(partner))).text, /client:partner$/);
  writeFileSync(ca, stranger.ca);
  listener.renewCertificates();
  assert.equal((await talk(port, { socket: slow, ...by(partner) })).text, '');
  assert.deepEqual(failures(), ['trust_changed']);
});

test('E75: garbage for a name or a protocol crashes nothing', async (t) => {
  const { port, failures } = await guard(t, { clientAuth: 'request', others: [] });
  for (const servername of ['\0', 'a'.repeat(255), '..', '*', 'xn--\xff']) await talk(port, { servername });
  await talk(port, { ALPNProtocols: ['\0\0', 'h2c', 'a'.repeat(255)] });
  for (const bytes of [
    'GET / HTTP/1.1\r\n\r\n',
    '\x16\x03\x01\x00\x02\x01\x00',
    '\x80\x2e\x01\0\x02',
    '\0'.repeat(600),
  ]) {
    const socket = connectTcp({ port, host: '127.0.0.1' });
    socket.end(Buffer.from(bytes, 'latin1'));
    socket.resume();
    await closed(socket);
  }
  assert.ok(failures().includes('not_tls'));
  assert.ok(failures().includes('no_application_protocol'));
  assert.match((await talk(port, by(partner))).text, /client:partner$/);
});

test('over the certificate of another name, and over HTTP/2, clients are held to the same', async (t) => {
  const other = authority.issue('other-name', { names: 'DNS:other.example' });
  const { meter, series } = counting();
  const others = [{ cert: other.certFile, key: other.keyFile }];
  const own = { cert: server.certFile, key: server.keyFile, clientCa: authority.caFile, others };
  const crl = authority.revoke('for-all', [authority.issue('lost-for-all')]);
  const { port } = await serve(t, {
    meter,
    config: { http2: true, tls: { ...own, crl, tickets: { secret: 'a secret of thirty-two characters' } } },
    handle: async ({ client }) => textReply(`client:${client.certificate?.commonName}`),
  });
  const named = { servername: 'other.example' };
  const first = await talk(port, { ...named, ...by(partner) }, 'other.example');
  assert.match(first.text, /client:partner$/);
  assert.equal((await talk(port, named, 'other.example')).text, '');
  assert.equal(
    (await talk(port, { ...named, ...by(stranger.issue('alone-too')) }, 'other.example')).text,
    '',
  );
  assert.ok(first.session);
  const again = await talk(port, { ...named, session: first.session }, 'other.example');
  assert.ok(again.resumed);
  assert.match(again.text, /client:partner$/);
  // A session belongs to the name that it was made for.
  assert.equal((await talk(port, { session: first.session })).resumed, false);
  assert.equal(series.get('frontdesk_listener_tls_failures_total{test,certificate_untrusted}'), 1);
  const options = { ca: authority.ca, ...by(partner), checkServerIdentity: () => undefined };
  const session = connectHttp2(`https://127.0.0.1:${port}`, options);
  t.after(() => session.destroy());
  for (let i = 0; i < 2; i += 1) {
    const stream = session.request({ ':path': '/' });
    const [chunk] = await once(stream, 'data');
    assert.equal(String(chunk), 'client:partner');
  }
});
