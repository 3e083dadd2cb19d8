import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { Authority } from '../core/testing/certificates.ts';
import { ProxyHeaders, proxyProtocolConfig } from './proxy-header.ts';
import { ask, serve } from './raw-client.fixture.ts';

const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

async function serveWith(t: TestContext, server: Server, addresses = ['127.0.0.0/8']) {
  const clock = new ManualClock();
  const headers = new ProxyHeaders({
    config: proxyProtocolConfig.parse({ addresses }),
    clock,
    meter: noMeter,
    timeoutMs: 10_000,
    name: 'test',
  });
  headers.stepIn(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    headers.close();
    server.close();
  });
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return { headers, clock, port: address.port };
}

async function said(port: number, ...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  for (const piece of pieces) {
    await new Promise((written) => socket.write(piece, written));
    await new Promise((turn) => setImmediate(turn));
  }
  await once(socket, 'close');
  return text;
}

test('the source is known when the request comes, in whatever pieces the bytes arrive', async (t) => {
  const server = createServer((request, response) => {
    response.end(`${headers.sourceOf(request.socket)} ${request.url}`);
  });
  const { headers, port } = await serveWith(t, server);
  const header = 'PROXY TCP4 192.0.2.7 203.0.113.1 4321 443\r\n';
  assert.match(await said(port, header + REQUEST), /192\.0\.2\.7 \/$/);
  assert.match(await said(port, header, REQUEST), /192\.0\.2\.7 \/$/);
  assert.match(
    await said(port, header.slice(0, 9), header.slice(9) + REQUEST.slice(0, 5), REQUEST.slice(5)),
    /192\.0\.2\.7 \/$/,
  );
  assert.match(await said(port, `PROXY UNKNOWN\r\n${REQUEST}`), /undefined \/$/);
  const signature = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207cb00710110e101bb', 'hex');
  assert.match(await said(port, Buffer.concat([signature, Buffer.from(REQUEST)])), /192\.0\.2\.7 \/$/);
});

test('a body that follows is read to its end', async (t) => {
  const server = createServer(async (request, response) => {
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    response.end(`got ${bytes}`);
  });
  const { port } = await serveWith(t, server);
  const head =
    'PROXY UNKNOWN\r\nPOST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200000\r\nconnection: close\r\n\r\n';
  assert.match(await said(port, head, 'x'.repeat(100_000), 'y'.repeat(100_000)), /got 200000$/);
});

test('a balancer without a sound header is not served, anybody else without one is', async (t) => {
  const handler = (_request: unknown, response: { end(text: string): void }): void => response.end('served');
  const strict = await serveWith(t, createServer(handler));
  assert.equal(await said(strict.port, REQUEST), '');
  assert.equal(await said(strict.port, `PROXY TCP4 junk\r\n${REQUEST}`), '');
  const others = await serveWith(t, createServer(handler), ['192.0.2.1']);
  assert.match(await said(others.port, REQUEST), /served$/);
  assert.match(await said(others.port, `PROXY TCP4 192.0.2.7 203.0.113.1 1 2\r\n${REQUEST}`), / 400 /);
});

test('a header that does not come is not waited for', async (t) => {
  const server = createServer((_request, response) => response.end('served'));
  const { clock, port } = await serveWith(t, server);
  const arrived = once(server, 'connection');
  const answer = said(port, 'PROXY TCP4');
  await arrived;
  clock.advance(10_000);
  assert.equal(await answer, '');
});

test('the header comes before TLS, and its source is known of what comes through it', async (t) => {
  const { cert, key } = new Authority(t).issue('localhost');
  const server = createSecureServer({ cert, key }, (request, response) => {
    response.end(headers.sourceOf(request.socket));
  });
  const { headers, port } = await serveWith(t, server);
  const raw: Socket = connect(port, '127.0.0.1');
  raw.write('PROXY TCP6 2001:db8::1 2001:db8::2 4321 443\r\n');
  const secure = connectSecurely({ socket: raw, rejectUnauthorized: false });
  await once(secure, 'secureConnect');
  let text = '';
  secure.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  secure.write(REQUEST);
  await once(secure, 'close');
  assert.match(text, /\r\n2001:db8::1$/);
});

test('a listener takes the source for the client, and closes what has said nothing when it ends', async (t) => {
  const config = { proxyProtocol: { addresses: ['127.0.0.1'] } };
  const { port, exchanges, listener } = await serve(t, { config });
  assert.match(
    await ask(port, `PROXY TCP4 192.0.2.7 203.0.113.1 4321 443\r\n${REQUEST}`),
    /^HTTP\/1\.1 200 /,
  );
  assert.equal(exchanges[0]?.client.address, '192.0.2.7');
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  // What is connected here may not be accepted there yet.
  silent.write('PROXY');
  await ask(port, `PROXY UNKNOWN\r\n${REQUEST}`);
  await listener.close();
  silent.resume();
  await closed;
});

test('one port of a balancer towards two addresses of ours is two clients', async (t) => {
  const sources: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    sources.push(headers.sourceOf(request.socket));
    response.end();
  });
  const headers = new ProxyHeaders({
    config: proxyProtocolConfig.parse({ addresses: ['127.0.0.0/8'] }),
    clock: new ManualClock(),
    meter: noMeter,
    timeoutMs: 10_000,
    name: 'test',
  });
  headers.stepIn(server);
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  const { port } = address;
  const first = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.1' });
  await once(first, 'connect');
  const { localPort } = first;
  assert.ok(localPort !== undefined);
  const second = connect({ port, host: '127.0.0.2', localAddress: '127.0.0.1', localPort });
  await once(second, 'connect');
  const request = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
  // Both have said whose they are before either asks for something.
  for (const [socket, source] of [
    [first, '192.0.2.1'],
    [second, '192.0.2.2'],
  ] as const) {
    socket.write(`PROXY TCP4 ${source} 203.0.113.1 1 443\r\n${request}`);
    await once(socket, 'data');
  }
  first.write(request);
  await once(first, 'data');
  assert.deepEqual(sources, ['192.0.2.1', '192.0.2.2', '192.0.2.1']);
  first.destroy();
  second.destroy();
});
