/** SNI and the host of requests: E72 of the catalogue. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { Authority, type Issued } from '../core/testing/certificates.ts';
import { serve, statusOf } from './raw-client.fixture.ts';

const authority = new Authority({ after });
const files = ({ certFile, keyFile }: Issued) => ({ cert: certFile, key: keyFile });
const config = {
  http2: true,
  tls: {
    ...files(
      authority.issue('main', {
        names: 'DNS:main.example,DNS:both.example,DNS:*.shared.example,IP:127.0.0.1',
      }),
    ),
    others: [
      files(
        authority.issue('partner', { names: 'DNS:partner.example,DNS:www.partner.example,DNS:both.example' }),
      ),
      files(authority.issue('one', { names: 'DNS:one.shared.example' })),
    ],
  },
};

const trusting = { host: '127.0.0.1', ca: authority.ca, checkServerIdentity: () => undefined };

async function statuses(port: number, servername: string, hosts: readonly string[]): Promise<number[]> {
  const socket = tls.connect({ port, ...trusting, servername });
  await once(socket, 'secureConnect');
  const found: number[] = [];
  for (const host of hosts) {
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const [chunk] = await once(socket, 'data');
    found.push(statusOf(String(chunk)));
  }
  socket.destroy();
  return found;
}

const cases: readonly [why: string, asked: string, hosts: readonly string[], last: number][] = [
  ['the same name', 'partner.example', ['partner.example', 'Partner.Example:443'], 200],
  ['E72: an uppercase name', 'PARTNER.EXAMPLE', ['partner.example'], 200],
  ['another name of the same certificate', 'partner.example', ['www.partner.example'], 200],
  [
    'names that no certificate holds',
    'main.example',
    ['main.example', 'whatever.internal', '[::1]:8443'],
    200,
  ],
  ['E72: a name of another certificate', 'main.example', ['main.example', 'partner.example'], 421],
  ['E72: the other way round', 'partner.example', ['main.example'], 421],
  ['a name of nobody over the certificate of somebody', 'partner.example', ['whatever.internal'], 421],
  [
    'a name that the certificate holds, though another is better',
    'two.shared.example',
    ['one.shared.example'],
    200,
  ],
  ['a name that both hold', 'main.example', ['both.example'], 200],
  ['the better one says nothing of the others', 'one.shared.example', ['two.shared.example'], 421],
  ['no name at all', '', ['partner.example', 'main.example'], 200],
];

for (const [why, asked, hosts, last] of cases) {
  test(`${why}: ${asked} asked for, ${hosts.at(-1)} meant: ${last}`, async (t) => {
    const { port, exchanges } = await serve(t, { config });
    const found = await statuses(port, asked, hosts);
    assert.equal(found.at(-1), last);
    assert.ok(found.slice(0, -1).every((status) => status === 200));
    assert.equal(exchanges.length, last === 421 ? hosts.length - 1 : hosts.length);
  });
}

test('over HTTP/2 a misdirected request is refused, and its connection goes on', async (t) => {
  const { port } = await serve(t, { config });
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ...trusting, servername: 'main.example' });
  t.after(() => session.destroy());
  const status = async (authority: string): Promise<unknown> => {
    const stream = session.request({ ':authority': authority });
    const [head] = await once(stream, 'response');
    stream.close();
    return head[':status'];
  };
  assert.deepEqual(
    [await status('main.example'), await status('partner.example'), await status('main.example')],
    [200, 421, 200],
  );
});

test('a WebSocket for another name is refused like any request', async (t) => {
  const { port, exchanges } = await serve(t, { config });
  const socket = tls.connect({ port, ...trusting, servername: 'main.example' });
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nHost: partner.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
  socket.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
  const [chunk] = await once(socket, 'data');
  assert.equal(statusOf(String(chunk)), 421);
  assert.equal(exchanges.length, 0);
  socket.destroy();
});
