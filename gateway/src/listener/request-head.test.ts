import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { collect } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { ask, RawClient, serve, statusOf, textReply } from './raw-client.fixture.ts';

/** The request must be refused with `status`, its connection closed, and nothing handed on. */
async function refused(test: TestContext, status: number, ...requests: string[]): Promise<void> {
  const { port, exchanges } = await serve(test);
  for (const request of requests) {
    const response = await ask(port, request);
    const shown = JSON.stringify(request.slice(0, 120));
    assert.equal(statusOf(response), status, `${shown} → ${response.slice(0, 200)}`);
    assert.match(response, /\r\ncontent-type: application\/problem\+json\r\n/i, shown);
    assert.match(response, /\r\nconnection: close\r\n/i, shown);
    assert.equal(exchanges.length, 0, `${shown} reached the handler`);
    assert.equal(response.split('HTTP/1.1 ').length, 2, `${shown} was answered more than once`);
  }
  assert.match(await ask(port, `${get('/alive')}connection: close\r\n\r\n`), /OK GET h \/alive/);
}

const get = (target: string, host = 'h'): string => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n`;
const post = (fields: string, body = ''): string => `POST / HTTP/1.1\r\nHost: h\r\n${fields}\r\n${body}`;
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';

describe('A. framing', () => {
  it('A1 A2: Content-Length and Transfer-Encoding together', (test) =>
    refused(
      test,
      400,
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    ));

  it('A3 A4 A5: transfer codings other than chunked alone', (test) =>
    refused(
      test,
      400,
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', '0\r\n\r\n'),
      post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
      post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
      post('Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ));

  it('A6: Transfer-Encoding in HTTP/1.0', (test) =>
    refused(
      test,
      400,
      `POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ));

  it('A7 A9: spaces before colons, folds, bare line ends, NUL', (test) =>
    refused(
      test,
      400,
      post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
      post('Transfer-Encoding:\x0bchunked\r\n', '0\r\n\r\n'),
      `${get('/')}X: a\r\n b\r\n\r\n`,
      'GET / HTTP/1.1\nHost: h\n\n',
      `${get('/')}X: a\rb\r\n\r\n`,
      `${get('/')}X: a\0b\r\n\r\n`,
    ));

  it('A8: Content-Length that is not one number', (test) =>
    refused(
      test,
      400,
      post('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'),
      post('Content-Length: 3\r\nContent-Length: 4\r\n', 'abcd'),
      post('Content-Length: 3, 3\r\n', 'abc'),
      post('Content-Length: +3\r\n', 'abc'),
      post('Content-Length: 0x3\r\n', 'abc'),
      post('Content-Length: -3\r\n', 'abc'),
    ));

  it('A10: more than 100 fields, however many', async (test) => {
    const fields = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}:1\r\n`).join('');
    await refused(test, 431, `${get('/')}${fields(100)}\r\n`);
    // 2,100 short fields fit 16 KiB, and would hide Content-Length from node's own view.
    await refused(test, 431, post(`${fields(2100)}Content-Length: 30\r\n`, SMUGGLED.slice(0, 30)));
    const { port } = await serve(test);
    assert.equal(statusOf(await ask(port, `${get('/')}${fields(98)}connection: close\r\n\r\n`)), 200);
  });

  it('A11 A12: malformed chunks and endless extensions end the request', async (test) => {
    const { port } = await serve(test, {
      handle: async (exchange) => {
        const bytes = await collect(exchange.body, 1e6, () => new FrontdeskError('payload_too_large'));
        return textReply(`read ${bytes.length}`);
      },
    });
    const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);
    for (const body of [
      `3;x=${'y'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`,
      `${`1;x=${'y'.repeat(1000)}\r\na\r\n`.repeat(300)}0\r\n\r\n`,
      `FFFFFFFFFFFFFFFFF\r\nabc`,
      `0x3\r\nabc\r\n0\r\n\r\n`,
      `3;a\nb\r\nabc\r\n0\r\n\r\n`,
      `3\r\nabcX\r\n0\r\n\r\n`,
    ]) {
      const response = await ask(port, chunked(body));
      assert.equal(statusOf(response), 400, `${body.slice(0, 40)} → ${response}`);
      assert.equal(response.split('HTTP/1.1 ').length, 2);
    }
    const sound = await ask(
      port,
      post('Transfer-Encoding: chunked\r\nConnection: close\r\n', '3\r\nabc\r\n0\r\n\r\n'),
    );
    assert.match(sound, /read 3$/);
  });

  it('A13: trailers never become fields', async (test) => {
    const { port, exchanges } = await serve(test, {
      handle: async (exchange) => {
        await collect(exchange.body, 100, () => new FrontdeskError('payload_too_large'));
        return textReply('read');
      },
    });
    const raw = post(
      'Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\nConnection: close\r\n',
      '1\r\na\r\n0\r\nAuthorization: Bearer x\r\nX-User-Id: 1\r\n\r\n',
    );
    assert.match(await ask(port, raw), /read$/);
    assert.equal(exchanges[0]?.headers.has('authorization'), false);
    assert.equal(exchanges[0]?.headers.has('x-user-id'), false);
  });

  it('A14: GET and HEAD with a body', (test) =>
    refused(
      test,
      400,
      `${get('/')}Content-Length: 3\r\n\r\nabc`,
      `${get('/')}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${get('/')}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    ));

  it('A15: nothing after a refused request is read as a request', (test) =>
    refused(
      test,
      400,
      `${get('/')}Host: again\r\n\r\n${SMUGGLED}${SMUGGLED}`,
      `\x16\x03\x01\x02\r\n${SMUGGLED}`,
      post('Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ));

  it('A16: expectations other than 100-continue', (test) =>
    refused(test, 417, post('Expect: x\r\nContent-Length: 1\r\n')));

  it('A17: HTTP/0.9 and HTTP/2', async (test) => {
    await refused(test, 400, 'GET /\r\n\r\n', 'GET / HTTP/0.9\r\nHost: h\r\n\r\n');
    await refused(test, 505, 'GET / HTTP/2.0\r\nHost: h\r\n\r\n', 'GET / HTTP/3.7\r\nHost: h\r\n\r\n');
  });

  it('A18: TRACE, CONNECT and unknown methods are no way in', async (test) => {
    await refused(
      test,
      405,
      'TRACE / HTTP/1.1\r\nHost: h\r\n\r\n',
      `CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n${SMUGGLED}`,
      'PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n',
      'BREW / HTTP/1.1\r\nHost: h\r\n\r\n',
    );
    const { port } = await serve(test);
    assert.match(await ask(port, 'BREW / HTTP/1.1\r\nHost: h\r\n\r\n'), /\r\nallow: GET, HEAD, POST/);
  });

  it('A19: an offer of h2c is answered in HTTP/1.1, with a body too', async (test) => {
    const { port } = await serve(test, {
      handle: async (exchange) => {
        const bytes = await collect(exchange.body, 100, () => new FrontdeskError('payload_too_large'));
        return textReply(`read ${bytes.length}`);
      },
    });
    const offer =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const client = new RawClient(port).write(`${get('/')}${offer}\r\n`);
    assert.match(await client.until('read 0'), /^HTTP\/1\.1 200 /);
    client.write(post(`${offer}Content-Length: 3\r\n`, 'abc'));
    assert.match(await client.until('read 3'), /^HTTP\/1\.1 200 /);
    client.socket.destroy();
  });

  it('A20: Upgrade with a body', (test) =>
    refused(
      test,
      400,
      `${get('/')}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc`,
      post('Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    ));

  it('A21 A22: no Host, two, an empty one, and what is no name with a port', (test) =>
    refused(
      test,
      400,
      'GET / HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n',
      ...['', 'a@b', 'a,b', 'a/b', 'a:', 'a:0', 'a:70000', 'a:8x', 'a b', '[::1', 'a\\b', '.', 'a%2fb'].map(
        (host) => `${get('/', host)}\r\n`,
      ),
    ));

  it('A23: absolute-form that disagrees with Host', (test) =>
    refused(
      test,
      400,
      ...['http://evil/', 'http://h@evil/', 'http://h:81/', 'https://h:80/', 'http://', 'ftp://h/'].map(
        (target) => `${get(target)}\r\n`,
      ),
    ));

  it('A23: absolute-form that agrees becomes origin-form', async (test) => {
    const { port, exchanges } = await serve(test);
    for (const target of ['http://H/a?b=1', 'http://h:80/a?b=1', 'HTTP://h./a?b=1']) {
      await ask(port, `${get(target)}connection: close\r\n\r\n`);
      const exchange = exchanges.pop();
      assert.equal(exchange?.path, '/a');
      assert.equal(exchange?.query, 'b=1');
      assert.equal(exchange?.host, 'h');
    }
    await ask(port, `${get('http://h?b=1')}connection: close\r\n\r\n`);
    assert.equal(exchanges.pop()?.path, '/');
  });

  it('takes HTTP/1.0 without a Host and closes', async (test) => {
    const { port } = await serve(test);
    assert.match(await ask(port, 'GET /a HTTP/1.0\r\n\r\n'), /OK GET {2}\/a $/);
  });
});

describe('B. fields', () => {
  it('B32 B33: Connection may not name framing or credentials, nor a hundred fields', (test) =>
    refused(
      test,
      400,
      ...['Content-Length', 'transfer-encoding', 'close, Host', 'keep-alive,  Authorization'].map(
        (value) => `${get('/')}Connection: ${value}\r\n\r\n`,
      ),
      `${get('/')}Connection: ${Array.from({ length: 1000 }, (_, i) => `x${i}`).join(',')}\r\n\r\n`,
    ));

  it('B34: fields that may come once', (test) =>
    refused(
      test,
      400,
      `${get('/')}Authorization: a\r\nAuthorization: b\r\n\r\n`,
      `${get('/')}X-Api-Key: a\r\nx-api-key: b\r\n\r\n`,
      post('Content-Type: text/plain\r\nContent-Type: application/json\r\nContent-Length: 1\r\n', 'a'),
    ));

  it('B38: fields named like members of objects are fields', async (test) => {
    const { port, exchanges } = await serve(test);
    await ask(port, `${get('/')}__proto__: x\r\nconstructor: y\r\nconnection: close\r\n\r\n`);
    assert.equal(exchanges[0]?.headers.get('__proto__'), 'x');
    assert.equal(Reflect.get({}, 'x'), undefined);
  });
});

describe('C. paths', () => {
  it('C43 C44 C46 C47 C48: paths that two servers may read differently', (test) =>
    refused(
      test,
      400,
      ...[
        '/%2e%2e/',
        '/a/../b',
        '/%252e',
        '/..;a=b/',
        '/a%2fb',
        '/a%5cb',
        '/a\\b',
        '//evil/x',
        '/a//b',
        '/%00',
        '/%c0%ae',
        '/%zz',
        '/a#b',
        '/a?b#c',
        '*',
        'a',
      ].map((target) => `${get(target)}\r\n`),
      'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n',
    ));

  it('C49: 200 query parameters go on verbatim, 201 do not', async (test) => {
    const { port, exchanges } = await serve(test);
    const query = (count: number): string => Array.from({ length: count }, () => 'a=%2f').join('&');
    await ask(port, `${get(`/?${query(200)}`)}connection: close\r\n\r\n`);
    assert.equal(exchanges[0]?.query, query(200));
    await refused(test, 400, `${get(`/?${query(201)}`)}\r\n`);
  });

  it('C50: what looks like another authority stays a path', async (test) => {
    const { port, exchanges } = await serve(test);
    await ask(port, `${get('/@evil/%3f')}connection: close\r\n\r\n`);
    assert.equal(exchanges[0]?.path, '/@evil/%3F');
  });

  it('gives one spelling of a path to everyone behind', async (test) => {
    const { port, exchanges } = await serve(test);
    await ask(port, `${get('/%41%2db|c?q=%41')}connection: close\r\n\r\n`);
    assert.equal(exchanges[0]?.path, '/A-b%7Cc');
    assert.equal(exchanges[0]?.query, 'q=%41');
    assert.equal(exchanges[0]?.target, '/%41%2db|c?q=%41');
  });
});

describe('D. sizes', () => {
  it('D60: 17 KiB of fields are 431, a target over 8 KiB is 414', async (test) => {
    await refused(test, 431, `${get('/')}x: ${'y'.repeat(17 * 1024)}\r\n\r\n`);
    await refused(test, 414, `${get(`/${'y'.repeat(8 * 1024)}`)}\r\n`);
  });
});
