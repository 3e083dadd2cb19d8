/** Area D of the catalogue: what one client may take of everybody's time, memory and connections. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, type TestContext, test } from 'node:test';
import zlib from 'node:zlib';
import { RawClient } from '../listener/raw-client.fixture.ts';
import { assertDiscreet, openEdge, valuesOf } from './edge.fixture.ts';

const edge = await openEdge({ after });

const HOST = 'Host: h\r\n';
const CLOSE = 'Connection: close\r\n';
const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const post = (target: string, fields: string, body = ''): string =>
  `POST ${target} HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
const MEGABYTE = 1024 * 1024;

/** Writes a byte whenever the one before is gone, for as long as it is let. */
function trickle(client: RawClient, byte: string): void {
  const more = (): void => {
    if (client.ended || client.socket.destroyed) return;
    client.socket.write(byte, () => setImmediate(more));
  };
  more();
}

test('D56: a head that comes byte by byte is 408 in its time, however many bytes come', async () => {
  const client = new RawClient(edge.port).write(`GET /a HTTP/1.1\r\n${HOST}X: `);
  client.write('y');
  assert.match(await client.untilEnd(), /^HTTP\/1\.1 408 [\s\S]*connection: close/i);
  assert.equal(edge.asked.length, 0);
});

test('D57: a body that comes byte by byte is 408 in its time; the backend sees no whole request', async () => {
  const client = new RawClient(edge.port).write(post('/a', 'Content-Length: 1000000\r\n', 'abc'));
  trickle(client, 'd');
  const reply = await client.untilEnd();
  assert.match(reply, /^HTTP\/1\.1 408 /);
  assert.deepEqual(edge.asked, []);
});

test('D58: a reader of 64 MB who takes nothing holds the backend back and is cut', async () => {
  let written = 0;
  const closed = Promise.withResolvers<void>();
  edge.script = (socket) => {
    socket.once('close', () => closed.resolve());
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${64 * MEGABYTE}\r\n\r\n`);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const pour = (): void => {
      if (socket.destroyed || written >= 64 * MEGABYTE) return;
      written += chunk.length;
      if (socket.write(chunk)) setImmediate(pour);
      else socket.once('drain', pour);
    };
    pour();
  };
  const client = new RawClient(edge.port);
  client.socket.pause();
  client.write(get('/raw/a'));
  await closed.promise;
  // What the kernel holds for both connections (10 MB each at most), and no more of ours than a few reads.
  assert.ok(written < 32 * MEGABYTE, `${written} bytes were taken from the backend for nobody`);
  client.socket.destroy();
});

test('D59: connections past the cap are not heard, health on the other port is', async (t: TestContext) => {
  const small = await openEdge(t, {
    listen: {
      host: '127.0.0.1',
      port: 0,
      limits: { connections: 20 },
      drain: { idle: '20ms', grace: '300ms' },
    },
  });
  const idle = Array.from({ length: 200 }, () => new RawClient(small.port));
  t.after(() => {
    for (const client of idle) client.socket.destroy();
  });
  // Those that are dropped are closed; those that are kept wait.
  const open = (): number => idle.filter(({ ended, socket }) => !ended && !socket.destroyed).length;
  while (open() > 20) await new Promise((resolve) => setImmediate(resolve));
  const { admin } = small.gateway.running.addresses;
  const health = await new RawClient(admin?.port ?? 0).write(get('/healthz', CLOSE)).untilEnd();
  assert.match(health, /^HTTP\/1\.1 200 /);
  for (const client of idle) client.socket.destroy();
  for (;;) {
    const reply = await small.ask(get('/a', CLOSE)).catch(() => '');
    if (reply.startsWith('HTTP/1.1 200')) break;
  }
});

test('D60: 17 KiB of fields are 431, a target over 8 KiB is 414', async () => {
  await edge.refuses(
    431,
    get('/a', `X: ${'y'.repeat(17 * 1024)}\r\n`),
    get('/a', `${'X'.repeat(17 * 1024)}: y\r\n`),
  );
  await edge.refuses(414, get(`/${'y'.repeat(8 * 1024)}`));
  assert.equal((await edge.passes(get(`/${'y'.repeat(7900)}`, CLOSE))).url.length, 7901);
});

test('D61: a body past its limit is 413, by its length before a byte of it, in chunks in the middle', async () => {
  const declared = await edge.ask(post('/small/a', `Content-Length: 11\r\n${CLOSE}`));
  assert.match(declared, /^HTTP\/1\.1 413 /);
  const chunks = await edge.ask(post('/small/a', 'Transfer-Encoding: chunked\r\n', 'b\r\nhello world\r\n'));
  assert.match(chunks, /^HTTP\/1\.1 413 [\s\S]*connection: close/i);
  assert.deepEqual(edge.asked, []);
  const whole = await edge.passes(post('/small/a', `Content-Length: 10\r\n${CLOSE}`, 'helloworld'));
  assert.equal(whole.body, 'helloworld');
});

test('D62: coded request bodies are 415, and what is taken is told', async () => {
  for (const coding of ['gzip', 'br', 'zstd', 'deflate', 'identity, gzip']) {
    const reply = await edge.ask(
      post('/a', `Content-Encoding: ${coding}\r\nContent-Length: 3\r\n${CLOSE}`, 'abc'),
    );
    assert.match(reply, /^HTTP\/1\.1 415 [\s\S]*\r\naccept-encoding: identity\r\n/i, coding);
  }
  assert.deepEqual(edge.asked, []);
});

test('D63: a chain of thousands of codings is 415 from a client, and not undone from a backend', async () => {
  const chain = Array(2_500).fill('gzip').join(',');
  const reply = await edge.ask(
    post('/a', `Content-Encoding: ${chain}\r\nContent-Length: 3\r\n${CLOSE}`, 'abc'),
  );
  assert.match(reply, /^HTTP\/1\.1 415 /);
  edge.script = (socket) =>
    socket.end(`HTTP/1.1 200 OK\r\ncontent-encoding: ${chain}\r\ncontent-length: 2\r\n\r\n{}`);
  const stripped = await edge.ask(get('/strip/a', CLOSE));
  assert.match(stripped, /^HTTP\/1\.1 502 /);
  assertDiscreet(stripped);
});

test('D64: a bomb from a backend is not unpacked, and brotli never is', async (t: TestContext) => {
  const spies = [
    t.mock.method(zlib, 'createBrotliDecompress'),
    t.mock.method(zlib, 'brotliDecompress'),
    t.mock.method(zlib, 'brotliDecompressSync'),
  ];
  const before = process.memoryUsage().rss;
  const bombs: readonly (readonly [string, Buffer])[] = [
    ['gzip', zlib.gzipSync(Buffer.alloc(50 * MEGABYTE))],
    ['br', zlib.brotliCompressSync(Buffer.alloc(MEGABYTE))],
  ];
  for (const [coding, bytes] of bombs) {
    edge.script = (socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${bytes.length}\r\n\r\n`,
      );
      socket.end(bytes);
    };
    // Where it must be read, what we cannot read is an error; elsewhere it goes through as it is.
    assert.match(await edge.ask(get('/strip/a', CLOSE)), /^HTTP\/1\.1 502 /, coding);
    const through = await edge.ask(get('/raw/a', `Accept-Encoding: ${coding}\r\n${CLOSE}`));
    assert.equal(through.length - through.indexOf('\r\n\r\n') - 4, bytes.length, coding);
  }
  for (const spy of spies) assert.equal(spy.mock.callCount(), 0);
  assert.ok(process.memoryUsage().rss - before < 64 * MEGABYTE);
});

/** A body for the route that reads JSON and sets a member of it. */
const json = (body: string | Buffer, type = 'application/json'): string => {
  const bytes = Buffer.from(body).toString('latin1');
  return post('/json/a', `Content-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n${CLOSE}`, bytes);
};

test('D65: JSON that is nested deeper than 64 is refused where it is read', async () => {
  const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  assert.match(await edge.ask(json(nested(65))), /^HTTP\/1\.1 400 /);
  assert.match(await edge.ask(json(nested(100_000))), /^HTTP\/1\.1 400 /);
  assert.match((await edge.passes(json(nested(63)))).body, /"seen":"yes"/);
});

test('D66: names that collide in a table are no more than a body may hold', async () => {
  // V8 hashes names that look like integers by their value: these fall into few buckets.
  const names = Array.from({ length: 12_000 }, (_, i) => `"${i * 65_536}":0`);
  const body = `{${names.join(',')}}`;
  assert.ok(body.length < 256 * 1024);
  assert.match((await edge.passes(json(body))).body, /"seen":"yes"/);
  assert.match(await edge.ask(json(`{${[...names, ...names].join(',')}}`)), /^HTTP\/1\.1 413 /);
});

test('D67: byte order marks, UTF-16 and other charsets are not guessed at', async () => {
  for (const charset of ['utf-16', 'utf-16le', 'utf-7', 'iso-2022-jp', 'x']) {
    assert.match(
      await edge.ask(json('{}', `application/json; charset=${charset}`)),
      /^HTTP\/1\.1 415 /,
      charset,
    );
  }
  for (const bytes of [Buffer.from('\ufeff{}', 'utf16le'), Buffer.from('{"a":"\xff"}', 'latin1')]) {
    assert.match(await edge.ask(json(bytes)), /^HTTP\/1\.1 4\d\d /);
  }
  assert.deepEqual(edge.asked, []);
});

test('D68: odd spellings of a media type are read alike by whoever matches and whoever reads', async () => {
  for (const type of ['application/json\t;', 'application/json;', 'Application/JSON ; charset="UTF-8"']) {
    assert.match((await edge.passes(json('{}', type))).body, /"seen":"yes"/, type);
  }
  for (const type of ['', ';', ';application/json', 'application/jsonp', 'text/plain;application/json']) {
    assert.match(await edge.ask(json('{}', type)), /^HTTP\/1\.1 415 /, type);
  }
});

test('D69: a thousand clients that leave leave nothing behind', async () => {
  const held = new Set<Socket>();
  const arrived = new Set<Socket>();
  edge.script = (socket) => {
    held.add(socket);
    arrived.add(socket);
    socket.once('close', () => held.delete(socket));
  };
  for (let round = 0; round < 20; round += 1) {
    arrived.clear();
    const clients = Array.from({ length: 50 }, () => new RawClient(edge.port).write(get('/raw/slow')));
    while (arrived.size < 50) await new Promise((resolve) => setImmediate(resolve));
    for (const client of clients) client.socket.resetAndDestroy();
    while (held.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const asked = await edge.passes(get('/a', CLOSE));
  assert.equal(valuesOf(asked, 'x-request-id').length, 1);
  assert.match(await edge.gateway.metrics(), /frontdesk_listener_connections\{listener="public"\} 0/);
});
