/** What RFC 9110 and RFC 9112 ask of a server and public probes look for, through the whole gateway. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RawClient } from '../listener/raw-client.fixture.ts';
import { openEdge } from './edge.fixture.ts';

const edge = await openEdge({ after });

const HOST = 'Host: h\r\n';
const CLOSE = 'Connection: close\r\n';
const get = (target: string, fields = CLOSE): string => `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const IMF_FIXDATE =
  /\r\ndate: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n/i;

test('RFC 9110 §6.6.1: every answer has a Date, refusals too', async () => {
  for (const bytes of [
    get('/a'),
    get('//'),
    'noise\r\n\r\n',
    get('/private/a'),
    `HEAD /a HTTP/1.1\r\n${HOST}${CLOSE}\r\n`,
  ]) {
    assert.match(await edge.ask(bytes), IMF_FIXDATE, bytes);
  }
});

test('RFC 9110 §§9.3.2, 15.3.5, 15.4.5: HEAD, 204 and 304 have no body, and 204 no length', async () => {
  const head = await edge.ask(`HEAD /a HTTP/1.1\r\n${HOST}${CLOSE}\r\n`);
  assert.match(head, /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/);
  for (const status of ['204 No Content', '304 Not Modified']) {
    edge.script = (socket) => socket.end(`HTTP/1.1 ${status}\r\nx: y\r\n\r\n`);
    const reply = await edge.ask(get('/raw/a'));
    assert.match(reply, new RegExp(`^HTTP/1\\.1 ${status}\r\n[\\s\\S]*\r\n\r\n$`));
    if (status.startsWith('204')) assert.doesNotMatch(reply, /content-length|transfer-encoding/i);
  }
});

test('RFC 9112 §9.3: who asks to close is told and closed, and so is HTTP/1.0 that does not ask to stay', async () => {
  assert.match(await edge.ask(get('/a')), /\r\nconnection: close\r\n/i);
  assert.match(await edge.ask(`GET /a HTTP/1.0\r\n${HOST}\r\n`), /^HTTP\/1\.1 200 /);
  assert.match(await edge.ask('GET /a HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
});

test('RFC 9112 §9.3.2: pipelined requests are answered in their order', async () => {
  edge.script = (socket, request) => {
    const path = /^GET (\S+)/.exec(request)?.[1] ?? '';
    const body = `for ${path}`;
    const answer = (): void => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    };
    // The first is the last to be ready.
    if (path !== '/raw/1') answer();
    else setImmediate(() => setImmediate(() => setImmediate(answer)));
  };
  const text = await edge.ask(get('/raw/1', '') + get('/raw/2', '') + get('/raw/3'));
  assert.deepEqual(
    [...text.matchAll(/for (\S+?)(?=HTTP|$)/g)].map((match) => match[1]),
    ['/raw/1', '/raw/2', '/raw/3'],
  );
});

test('RFC 9110 §10.1.1: 100 Continue is said once and to HTTP/1.1 alone', async () => {
  const post = (version: string): string =>
    `POST /a HTTP/${version}\r\n${HOST}${CLOSE}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`;
  const client = new RawClient(edge.port).write(post('1.1'));
  await client.until('HTTP/1.1 100 Continue\r\n\r\n');
  client.write('hello');
  assert.match(await client.untilEnd(), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  assert.match(await edge.ask(`${post('1.0')}hello`), /^HTTP\/1\.1 200 /);
});

test('RFC 9112 §§2.2, 3.2.2: empty lines before a request and the absolute form are taken', async () => {
  assert.equal((await edge.passes(`\r\n\r\n${get('/a')}`)).url, '/a');
  assert.equal((await edge.passes(get('http://h/a?b'))).url, '/a?b');
});

test('RFC 9110 §§9.1, 15.5.6: methods are told by case, and 405 says which would do', async () => {
  assert.match(await edge.ask(get('/a').replace('GET', 'get')), /^HTTP\/1\.1 400 /);
  for (const method of ['TRACE', 'PROPFIND', 'FOOBAR']) {
    const reply = await edge.ask(get('/a').replace('GET', method));
    assert.match(
      reply,
      /^HTTP\/1\.1 405 [\s\S]*\r\nallow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/i,
      method,
    );
  }
});

test('RFC 9110 §7.8: an upgrade that is not known, or not asked for as it must be, is none', async () => {
  for (const fields of [
    `Upgrade: nonsense/1.0\r\nConnection: Upgrade\r\n`,
    `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${CLOSE}`,
  ]) {
    const client = new RawClient(edge.port).write(get('/a', fields));
    assert.match(await client.until('echo'), /^HTTP\/1\.1 200 /, fields);
    client.socket.destroy();
  }
});

test('RFC 9112 §3: what is no request line is 400, whatever it looks like', () =>
  edge.refuses(
    400,
    ...[
      'GET /a HTTP/01.01',
      'GET /a HTTP/1',
      'GET /a HTTP/ 1.1',
      'GET\t/a HTTP/1.1',
      'GET HTTP/1.1',
      ' GET /a HTTP/1.1',
    ].map((line) => `${line}\r\n${HOST}\r\n`),
    `${'A'.repeat(17 * 1024)} /a HTTP/1.1\r\n${HOST}\r\n`,
    get('/caf\xc3\xa9'),
    get('/a', 'X[a]: y\r\n'),
    get('/a', 'X-T\xc3\xabst: y\r\n'),
    get('/a', 'NoColon\r\n'),
    get('/a', ': y\r\n'),
    get('/a', 'X: a\x07b\r\n'),
    get('/a', 'X: a\x7fb\r\n'),
  ));

test('RFC 9112 §6.3, §7.1: bodies by length, in chunks, with trailers, and none at all', async () => {
  const post = (fields: string, body = ''): string =>
    `POST /a HTTP/1.1\r\n${HOST}${CLOSE}${fields}\r\n${body}`;
  assert.equal((await edge.passes(post('Content-Length: 5\r\n', 'hello'))).body, 'hello');
  assert.equal((await edge.passes(post('Content-Length: 005\r\n', 'hello'))).body, 'hello');
  assert.equal((await edge.passes(post('Content-Length: 0\r\n'))).body, '');
  assert.equal((await edge.passes(post(''))).body, '');
  for (const chunks of ['5\r\nhello\r\n0\r\n\r\n', 'A;x="y"\r\nhelloworld\r\n00\r\nT: z\r\n\r\n']) {
    const { body } = await edge.passes(post('Transfer-Encoding: chunked\r\n', chunks));
    assert.ok(['hello', 'helloworld'].includes(body), body);
  }
});
