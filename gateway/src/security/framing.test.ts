/** Area A of the catalogue: how a request is framed. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RawClient } from '../listener/raw-client.fixture.ts';
import { openEdge, valuesOf } from './edge.fixture.ts';

const edge = await openEdge({ after });

const HOST = 'Host: h\r\n';
const CLOSE = 'Connection: close\r\n';
const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`;
const post = (fields: string, body = ''): string => `POST /a HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);
const SMUGGLED = get('/smuggled');
const END = '0\r\n\r\n';

test('A1: Content-Length, then Transfer-Encoding', () =>
  edge.refuses(400, post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', END + SMUGGLED)));

test('A2: Transfer-Encoding, then Content-Length', () =>
  edge.refuses(
    400,
    post('Transfer-Encoding: chunked\r\nContent-Length: 6\r\n', END + SMUGGLED),
    post('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n', END + SMUGGLED),
  ));

test('A3: two Transfer-Encoding fields', () =>
  edge.refuses(
    400,
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', END + SMUGGLED),
    post('Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n', END + SMUGGLED),
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', END + SMUGGLED),
  ));

test('A4: a coding that is not chunked, or not last', () =>
  edge.refuses(
    400,
    ...[
      'xchunked',
      'chunked, identity',
      'identity',
      'chunked, chunked',
      ',chunked',
      'chunked,',
      '"chunked"',
      '',
    ].map((coding) => post(`Transfer-Encoding: ${coding}\r\n`, END + SMUGGLED)),
  ));

test('A5: gzip, chunked', () =>
  edge.refuses(400, post('Transfer-Encoding: gzip, chunked\r\n', END + SMUGGLED)));

test('A6: Transfer-Encoding in HTTP/1.0', () =>
  edge.refuses(
    400,
    `POST /a HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${END}${SMUGGLED}`,
    `POST /a HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${END}${SMUGGLED}`,
  ));

test('A7: white space where none belongs around a coding, and folded lines', () =>
  edge.refuses(
    400,
    ...[
      'Transfer-Encoding : chunked',
      'Transfer-Encoding:\x0bchunked',
      'Transfer-Encoding: \x0cchunked',
      'Transfer-Encoding: chunked\t',
      'Transfer-Encoding:\r\n chunked',
      'X: y\r\n Transfer-Encoding: chunked',
      ' Transfer-Encoding: chunked',
    ].map((line) => post(`${line}\r\n`, END + SMUGGLED)),
  ));

test('A8: Content-Length that is not one number', () =>
  edge.refuses(
    400,
    ...[
      '3\r\nContent-Length: 3',
      '3\r\nContent-Length: 4',
      '3, 3',
      '+3',
      '-3',
      '0x3',
      '3.0',
      '1e0',
      '',
      '1 0',
    ].map((length) => post(`Content-Length: ${length}\r\n`, 'abcdefgh')),
    post('Content-Length: 18446744073709551619\r\n', 'abc'),
    post('Content-Length: 9007199254740993\r\n', 'abc'),
  ));

test('A9: bare line feeds and carriage returns, and NUL, in the head', () =>
  edge.refuses(
    400,
    'GET /a HTTP/1.1\nHost: h\n\n',
    `GET /a HTTP/1.1\r\n${HOST}\n`,
    get('/a', 'X: a\rb\r\n'),
    get('/a', 'X: a\nTransfer-Encoding: chunked\r\n'),
    get('/a', 'X: a\0b\r\n'),
    get('/a', 'X\0Y: a\r\n'),
    get('/a\0b'),
  ));

test('A10: more fields than 100, and so many that the parser would hide some', async () => {
  const fields = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}:1\r\n`).join('');
  await edge.refuses(431, get('/a', fields(100)), post(`${fields(2100)}Content-Length: 30\r\n`, SMUGGLED));
  const all = await edge.passes(get('/a', fields(98) + CLOSE));
  assert.equal(all.fields.filter(([name]) => /^a\d/.test(name)).length, 98);
});

test('A11: chunk extensions without end, in one chunk and in many', () =>
  edge.refuses(
    400,
    chunked(`3;x=${'y'.repeat(20_000)}\r\nabc\r\n${END}`),
    chunked(`${`1;x=${'y'.repeat(1000)}\r\na\r\n`.repeat(300)}${END}`),
  ));

test('A12: chunk sizes that overflow or are none, and line feeds in extensions', () =>
  edge.refuses(
    400,
    ...[
      'FFFFFFFFFFFFFFFFF\r\nabc',
      '10000000000000003\r\nabc',
      '0x3\r\nabc\r\n',
      '-3\r\nabc\r\n',
      ' 3\r\nabc\r\n',
      '3\nabc\r\n',
      '3;a\nb\r\nabc\r\n',
      '3;a\rb\r\nabc\r\n',
      '3\r\nabcX\r\n',
      '3\r\nabc\n',
    ].map((chunk) => chunked(`${chunk}${END}`)),
  ));

test('A12: an upload that breaks while the backend reads it ends the upload, not the process', async () => {
  let read = '';
  const started = Promise.withResolvers<void>();
  edge.script = (_, request) => {
    read += request;
    if (read.includes('abc')) started.resolve();
  };
  const client = new RawClient(edge.port);
  client.write(`POST /raw/a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  await started.promise;
  client.write(`nonsense\r\n${SMUGGLED}`);
  const reply = await client.untilEnd();
  assert.match(reply, /^HTTP\/1\.1 400 /);
  assert.doesNotMatch(read, /\r\n0\r\n\r\n|smuggled/);
  await edge.refuses(400, 'noise\r\n\r\n');
});

test('A12: a body that breaks is refused too where its sender was to wait for 100 Continue', async () => {
  const fields = 'Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n';
  for (const body of ['5\r\nhello\r\nnoise\r\n', '5\r\nhello\r\n0\r\nTransfer-Encoding: x\r\n\r\n']) {
    const reply = await edge.ask(post(fields, body + SMUGGLED));
    assert.match(reply, /^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 400 [\s\S]*connection: close/i);
    assert.deepEqual(edge.asked, []);
  }
});

test('A13: fields behind the body say nothing of who asks', async () => {
  const asked = await edge.passes(
    post(
      `Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n${CLOSE}`,
      '1\r\na\r\n0\r\nAuthorization: Bearer x\r\nX-User-Id: 1\r\nHost: other\r\n\r\n',
    ),
  );
  assert.equal(asked.body, 'a');
  for (const name of ['authorization', 'x-user-id', 'trailer']) assert.deepEqual(valuesOf(asked, name), []);
});

test('A14: GET and HEAD with a body', () =>
  edge.refuses(
    400,
    get('/a', `Content-Length: ${SMUGGLED.length}\r\n`) + SMUGGLED,
    get('/a', 'Transfer-Encoding: chunked\r\n') + END,
    get('/a', 'Content-Length: 3\r\n').replace('GET', 'HEAD'),
  ));

test('A15: what follows a refusal is not read', () =>
  edge.refuses(
    400,
    `${get('/a', 'Host: i\r\n')}${SMUGGLED}${SMUGGLED}`,
    `noise\r\n\r\n${SMUGGLED}`,
    `\x16\x03\x01\x02\0\x01\0\r\n\r\n${SMUGGLED}`,
    `${get('//a')}${SMUGGLED}`,
  ));

test('A16: an unknown expectation; and 100-continue whose body never comes', async () => {
  await edge.refuses(417, post('Expect: x\r\nContent-Length: 1\r\n'), get('/a', 'Expect: 200-ok\r\n'));
  const reply = await edge.ask(post('Expect: 100-continue\r\nContent-Length: 3\r\n'));
  assert.match(reply, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 408 [\s\S]*connection: close/i);
  assert.equal(edge.asked.length, 0);
});

test('A17: HTTP/0.9, and versions that are not spoken here', async () => {
  await edge.refuses(
    400,
    'GET /a\r\n\r\n',
    `GET /a HTTP/0.9\r\n${HOST}\r\n`,
    `GET /a http/1.1\r\n${HOST}\r\n`,
  );
  await edge.refuses(505, `GET /a HTTP/2.0\r\n${HOST}\r\n`, `GET /a HTTP/1.2\r\n${HOST}\r\n`);
  await edge.refuses(505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
});

test('A18: TRACE, CONNECT and unknown methods open no tunnel and reach nobody', () =>
  edge.refuses(
    405,
    `TRACE /a HTTP/1.1\r\n${HOST}\r\n`,
    `CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n${SMUGGLED}`,
    `CONNECT /a HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`,
    `BREW /a HTTP/1.1\r\n${HOST}\r\n`,
    `PROPFIND /a HTTP/1.1\r\n${HOST}\r\n`,
  ));

test('A19: an offer of h2c is answered in HTTP/1.1 and not passed on; what came with it is not read askew', async () => {
  const offer = 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
  const fields = `Connection: Upgrade, HTTP2-Settings\r\n${offer}`;
  const asked = await edge.passes(`${get('/a', fields)}GET /lost HTTP/1.1\r\nX: `);
  for (const name of ['upgrade', 'http2-settings', 'connection']) {
    assert.ok(!valuesOf(asked, name).some((value) => /h2c|AAMA|upgrade/i.test(value)), name);
  }
});

test('A20: Upgrade with a body, declared or come early', () =>
  edge.refuses(
    400,
    get('/a', 'Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n'),
    post('Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n', END),
    `${get(
      '/a',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    )}${SMUGGLED}`,
  ));

test('A21: two Host fields, equal or not, and none', () =>
  edge.refuses(400, get('/a', 'Host: h\r\n'), get('/a', 'host: other\r\n'), 'GET /a HTTP/1.1\r\n\r\n'));

test('A22: a Host that is no name with a port', () =>
  edge.refuses(
    400,
    ...[
      '',
      'a@b',
      'a,b',
      'a/b',
      'a:',
      'a:0',
      'a:70000',
      'a:8x',
      'a b',
      '[::1',
      'a\\b',
      '.',
      'a%2fb',
      'a?b',
      'a#b',
    ].map((host) => `GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  ));

test('A23: absolute-form that disagrees with Host; one that agrees is origin-form from there on', async () => {
  await edge.refuses(
    400,
    ...[
      'http://evil/',
      'http://h@evil/',
      'http://u@h/',
      'http://h:81/',
      'https://h:80/',
      'http://',
      'ftp://h/',
    ].map((target) => get(target)),
  );
  const asked = await edge.passes(get('http://H:80/a?b=1', CLOSE));
  assert.equal(asked.url, '/a?b=1');
});
