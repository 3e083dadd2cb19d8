/** Area A of the catalogue, its end: how a backend's answer is framed, and whose it is. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RawClient } from '../listener/raw-client.fixture.ts';
import { assertDiscreet, openEdge, type Script } from './edge.fixture.ts';

const edge = await openEdge({ after });

const HOST = 'Host: h\r\n';
const CLOSE = 'Connection: close\r\n';

/** What the client gets when the backend answers with `bytes`. */
async function answeredWith(bytes: string): Promise<string> {
  edge.script = (socket) => socket.write(Buffer.from(bytes, 'latin1'));
  const reply = await edge.ask(`GET /raw/a HTTP/1.1\r\n${HOST}${CLOSE}\r\n`);
  assertDiscreet(reply);
  return reply;
}

async function isBadGateway(...answers: string[]): Promise<void> {
  for (const bytes of answers) {
    const reply = await answeredWith(bytes);
    assert.match(
      reply,
      /^HTTP\/1\.1 502 /,
      `${JSON.stringify(bytes.slice(0, 120))} → ${reply.slice(0, 200)}`,
    );
    assert.equal(reply.split('HTTP/1.1 ').length, 2);
  }
  // None of these connections is used again.
  for (const socket of edge.rawSockets) socket.destroy();
  assert.match(await answeredWith('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK'), /^HTTP\/1\.1 200 /);
}

test('A24: an answer that nobody asked for, on a connection that waits, is never given to the next', async () => {
  const poison = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison';
  const sound = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK';
  // With the answer, or so many turns of the loop behind it; the next request comes right after.
  for (let turns = 0; turns < 24; turns += 1) {
    const client = new RawClient(edge.port);
    for (let i = 1; i <= 4; i += 1) {
      const poisoned = Promise.withResolvers<void>();
      edge.script = async (socket) => {
        socket.write(turns === 0 ? sound + poison : sound);
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        if (turns > 0 && !socket.destroyed) socket.write(poison);
        poisoned.resolve();
      };
      client.write(`GET /raw/${i} HTTP/1.1\r\n${HOST}\r\n`);
      await client.until('HTTP/1.1 ', i);
      await client.until('\r\n\r\n', i);
      await poisoned.promise;
    }
    client.socket.destroy();
    assert.doesNotMatch(client.text, /poison/, `after ${turns} turns`);
  }
});

test('A25: two framings, two lengths or a bad chunk from a backend', async () => {
  await isBadGateway(
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nOKX',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  );
  const reply = await answeredWith('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nOK\r\nzz\r\n');
  assert.ok(/^HTTP\/1\.1 502 /.test(reply) || !reply.endsWith('0\r\n\r\n'), reply);
});

test('A26: a body shorter than its length never looks whole', async () => {
  edge.script = (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nOK');
  const reply = await edge.ask(`GET /raw/a HTTP/1.1\r\n${HOST}${CLOSE}\r\n`);
  const promised = /content-length: (\d+)/i.exec(reply)?.[1];
  assert.ok(/^HTTP\/1\.1 502 /.test(reply) || promised === '9', reply);
  assert.doesNotMatch(reply, /OK$[\s\S]+HTTP/);
  edge.script = (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nOK\r\n');
  assert.doesNotMatch(
    await edge.ask(`GET /raw/a HTTP/1.1\r\n${HOST}${CLOSE}\r\n`),
    /^HTTP\/1\.1 200 [\s\S]*\r\n0\r\n\r\n$/,
  );
});

test('A27: a thousand interim replies: a few are passed on, then it is over', async () => {
  const reply = await answeredWith('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(1000));
  const [, interim = '', final = ''] =
    /^((?:HTTP\/1\.1 103 [\s\S]*?\r\n\r\n)*)(HTTP\/1\.1 \d+)/.exec(reply) ?? [];
  assert.equal(final, 'HTTP/1.1 502');
  assert.ok(interim.split('HTTP/1.1 103').length <= 17, interim);
});

test('A28: line ends, NUL and 17 KiB in a backend’s fields', async () => {
  await isBadGateway(
    'HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 2\r\n\r\nOK',
    'HTTP/1.1 200 OK\r\nx: a\rset-cookie: b\r\ncontent-length: 2\r\n\r\nOK',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(17 * 1024)}\r\ncontent-length: 2\r\n\r\nOK`,
    'HTTP/1.1 200 OK\r\nx y: b\r\ncontent-length: 2\r\n\r\nOK',
  );
});

test('A28: what a backend asks one byte at a time is what it asks', async () => {
  const script: Script = (socket) => {
    for (const byte of 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK') socket.write(byte);
  };
  edge.script = script;
  assert.match(await edge.ask(`GET /raw/a HTTP/1.1\r\n${HOST}${CLOSE}\r\n`), /^HTTP\/1\.1 200 [\s\S]*OK$/);
});
