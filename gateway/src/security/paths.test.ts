/** Area C of the catalogue: paths, and places that a request must not lead to. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { RawClient } from '../listener/raw-client.fixture.ts';
import { openEdge, valuesOf } from './edge.fixture.ts';

const edge = await openEdge({ after });

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`;

test('C43: dot segments, however they are spelled', () =>
  edge.refuses(
    400,
    ...[
      '/%2e%2e/',
      '/a/../private/a',
      '/a/..',
      '/a/./b',
      '/.',
      '/a/.%2e/b',
      '/%252e%252e/',
      '/a/%252e/b',
      '/%2570rivate/a',
      '/..;a=b/',
      '/a/..;/b',
      '/%2e;x/',
    ].map(get),
  ));

test('C44: slashes and backslashes that are encoded, and backslashes that are not', () =>
  edge.refuses(400, ...['/a%2fb', '/a%2Fb', '/a%5cb', '/a\\b', '/private%2fa', '/a%252fb'].map(get)));

test('C45: parameters of a segment change nothing of who may', async () => {
  for (const target of [
    '/private/a',
    '/private/a;x=1',
    '/private/a;x=1/b',
    '/private;x=1/a',
    '/private;/a',
  ]) {
    const reply = await edge.ask(get(target));
    assert.match(reply, /^HTTP\/1\.1 401 /, target);
  }
});

test('C46: double slashes are refused; a slash or a dot at the end, and other cases, are other paths', async () => {
  await edge.refuses(400, ...['//private/a', '/private//a', '/a//', '//'].map(get));
  for (const target of ['/private/a/', '/private/a.', '/private/']) {
    assert.match(await edge.ask(get(target)), /^HTTP\/1\.1 401 /, target);
  }
  assert.equal((await edge.passes(get('/Private/a'))).url, '/Private/a');
});

test('C47: NUL, control characters, overlong UTF-8 and broken encodings', () =>
  edge.refuses(
    400,
    ...[
      '/%00',
      '/a%0d%0ab',
      '/%7f',
      '/%c0%ae%c0%ae/',
      '/%e0%80%af',
      '/%ed%a0%80',
      '/%zz',
      '/a%',
      '/a%2',
      '/%u002e',
    ].map(get),
  ));

test('C48: fragments and the asterisk', () =>
  edge.refuses(400, ...['/a#b', '/a?b#c', '*', '#'].map(get), 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n'));

test('C49: two hundred parameters and duplicates go on as they came; one more does not', async () => {
  const query = (count: number): string => Array.from({ length: count }, (_, i) => `a=%2f${i}`).join('&');
  assert.equal((await edge.passes(get(`/a?${query(200)}`))).url, `/a?${query(200)}`);
  assert.equal((await edge.passes(get('/a?x=1&x=2&&x'))).url, '/a?x=1&x=2&&x');
  await edge.refuses(400, get(`/a?${query(201)}`), get(`/a?${'&'.repeat(1000)}`));
});

test('C50: no path chooses another host, and no parameter another path', async () => {
  const host = valuesOf(await edge.passes(get('/a')), 'host');
  for (const target of ['/@evil', '/evil:80', '/:80/x', '/http:%40evil', '/a?url=http://evil/']) {
    const asked = await edge.passes(get(target));
    assert.deepEqual(valuesOf(asked, 'host'), host, target);
  }
  await edge.refuses(400, get('/items/a%2f..%2fb'), get('/items/..'), get('/items/%2e%2e'), get('//evil/'));
  assert.equal((await edge.passes(get('/items/a%3fb%23c'))).url, '/v1/items/a%3Fb%23c/detail');
  assert.equal((await edge.passes(get('/items/@evil'))).url, '/v1/items/@evil/detail');
});

test('C51: redirects of a backend are the client’s to follow', async () => {
  let requests = 0;
  edge.script = (socket) => {
    requests += 1;
    socket.end('HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n');
  };
  assert.match(await edge.ask(get('/raw/a')), /^HTTP\/1\.1 302 [\s\S]*\r\nlocation: \/elsewhere\r\n/i);
  assert.equal(requests, 1);
});

test('C52: a backend sends clients to no other host, and speaks for no other domain', async () => {
  for (const location of ['http://evil/x', '//evil/x', 'https:/\\evil', '/\t/evil', 'javascript:alert(1)']) {
    edge.script = (socket) =>
      socket.end(
        `HTTP/1.1 302 Found\r\nlocation: ${location}\r\nrefresh: 0;url=${location}\r\nset-cookie: a=b; Domain=evil.example\r\nset-cookie: c=d\r\ncontent-length: 0\r\n\r\n`,
      );
    const reply = await edge.ask(get('/raw/a'));
    assert.match(reply, /^HTTP\/1\.1 302 /, location);
    assert.doesNotMatch(reply, /evil|javascript/, location);
    assert.match(reply, /set-cookie: c=d/i);
  }
});

test('C55: a URL for us to call, from a client, is a text like any other', async () => {
  const fields =
    'Callback: http://127.0.0.1:1/\r\nX-Callback-URL: http://127.0.0.1:1/\r\nX-Webhook: http://127.0.0.1:1/\r\n';
  const asked = await edge.passes(
    `GET /a?callback=http://127.0.0.1:1/&redirect_uri=http://evil/ HTTP/1.1\r\nHost: h\r\n${fields}Connection: close\r\n\r\n`,
  );
  assert.equal(asked.url, '/a?callback=http://127.0.0.1:1/&redirect_uri=http://evil/');
});

/** Pieces of paths that servers have been known to read differently. */
const PIECES = [
  ...[
    'a',
    'private',
    'Private',
    'items',
    '.',
    '..',
    '...',
    '/',
    '//',
    ';x=1',
    ';',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '\\',
  ],
  ...[
    '%70rivate',
    'priv%61te',
    '%25',
    '%252e',
    '%c3%a9',
    '%C3%A9',
    '%00',
    '%zz',
    '~',
    '%7e',
    '@',
    ':',
    '|',
    '[',
    '"',
  ],
  ...['+', '%20', '!', "'", '(', '*', '&', '=', '$', ','],
];

/** Decoded once, as a careless backend would: what guards a path must have seen this too. */
function decoded(path: string): string {
  return path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

test('C43 C45 C46 C50: what reaches the backend is the path that was matched, in one spelling', async () => {
  const client = new RawClient(edge.port);
  let replies = 0;
  let connection = client;
  const send = async (target: string): Promise<string> => {
    if (connection.ended || connection.socket.destroyed) {
      connection = new RawClient(edge.port);
      replies = 0;
    }
    replies += 1;
    const before = connection.text.length;
    connection.write(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
    await connection.until('HTTP/1.1 ', replies).catch(() => '');
    await connection.until('\r\n\r\n', replies).catch(() => '');
    const reply = connection.text.slice(before);
    if (/connection: close/i.test(reply)) await connection.untilEnd();
    return reply;
  };
  const anyTarget = fc
    .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 })
    .map((pieces) => `/${pieces.join('')}`);
  await fc.assert(
    fc.asyncProperty(anyTarget, async (target) => {
      edge.asked.length = 0;
      const reply = await send(target);
      const [asked, ...more] = edge.asked;
      assert.equal(more.length, 0, target);
      if (!asked) {
        assert.match(reply, /^HTTP\/1\.1 (400|401|404|405) /, `${target} → ${reply.slice(0, 80)}`);
        return;
      }
      const path = asked.url.replace(/^\/v1\/items\/(.*)\/detail$/, '/items/$1');
      assert.equal(decoded(path), decoded(target), `${target} became ${asked.url}`);
      // What one more decoding makes of it is under no guard that was passed by.
      assert.doesNotMatch(
        decoded(asked.url),
        /^\/(private|raw|strip)(\/|$)|\/\.{1,2}(;|\/|$)|\/\/|\\/,
        target,
      );
      assert.doesNotMatch(
        asked.url,
        /%(2[dDeE]|5[fF]|7[eE]|[46][1-9a-fA-F]|[57][0-9aA])/,
        'unreserved characters are bare',
      );
    }),
    { numRuns: 400, seed: 5 },
  );
  connection.socket.destroy();
});
