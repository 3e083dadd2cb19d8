import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, RawClient, serve } from './raw-client.fixture.ts';

const OFFER = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;

test('an offer of another protocol, alone in its packet, keeps its connection', async (t) => {
  const { port, exchanges } = await serve(t);
  const client = new RawClient(port).write(get('/1', OFFER));
  await client.until('/1');
  client.write(get('/2', OFFER));
  assert.doesNotMatch(await client.until('/2'), /connection: close/i);
  assert.equal(exchanges.length, 2);
  client.socket.destroy();
});

test('what follows an offer in its packet is not read from its middle: the connection ends with the reply', async (t) => {
  const { port, exchanges } = await serve(t);
  const bodied = `POST /body HTTP/1.1\r\nHost: h\r\n${OFFER}Content-Length: 3\r\n\r\nabc`;
  for (const [first, rest] of [
    [get('/1', OFFER) + get('/2'), get('/smuggled')],
    [`${get('/1', OFFER)}GET /2 HTTP/1.1\r\nX: `, get('/smuggled')],
    [`${get('/1', OFFER)}GET `, '/smuggled HTTP/1.1\r\nHost: h\r\n\r\n'],
    [bodied, get('/smuggled')],
    [`${bodied}GET /2 HTTP/1.1\r\nX: `, get('/smuggled')],
  ] as const) {
    const client = new RawClient(port).write(first);
    client.socket.once('data', () => client.write(rest));
    const text = await client.untilEnd();
    assert.match(text, /^HTTP\/1\.1 200 [\s\S]*connection: close/i, first);
    assert.equal(text.split('HTTP/1.1 ').length, 2, first);
    assert.equal(exchanges.length, 1, first);
    exchanges.length = 0;
  }
});

test('a head that came in two packets, and what follows the second', async (t) => {
  const { port, exchanges } = await serve(t);
  const head = get('/1', OFFER);
  for (const cut of [head.length - 1, head.length - 3, head.length - 4, 20]) {
    const client = new RawClient(port).write(head.slice(0, cut));
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    client.write(`${head.slice(cut)}GET /2 HTTP/1.1\r\nHost: h\r\n\r\n`);
    assert.match(await client.untilEnd(), /connection: close/i, String(cut));
    assert.equal(exchanges.length, 1, String(cut));
    exchanges.length = 0;
  }
});

test('other requests may be followed by others', async (t) => {
  const { port } = await serve(t);
  const text = await ask(port, get('/1') + get('/2', 'Connection: close\r\n'));
  assert.match(text, /\/1 [\s\S]*\/2 /);
});
