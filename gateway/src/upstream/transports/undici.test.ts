import assert from 'node:assert/strict';
import type http from 'node:http';
import { describe, test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { coded } from '../../core/testing/errors.ts';
import { backend, HandBody, rawBackend, says, text } from '../testing/harness.ts';
import { call, transport } from './undici.fixture.ts';

describe('requests', () => {
  test('method, base path, query, fields and a whole body arrive as they are', async (t) => {
    let seen: http.IncomingMessage | undefined;
    const chunks: Buffer[] = [];
    const url = await backend(t, (req, res) => {
      seen = req;
      req.on('data', (chunk) => chunks.push(chunk));
      req.on('end', () => res.end('done'));
    });
    const headers = new HeaderFields(['x-a', '1', 'x-a', '2', 'content-type', 'text/plain']);
    const path = '/a%2Fb?x=%20&y';
    const reply = await transport(t, `${url}/base/`).send(
      call({ method: 'PUT', path, headers, body: new WholeBody('hello') }),
    );
    assert.equal(await text(reply), 'done');
    assert.equal(seen?.method, 'PUT');
    assert.equal(seen?.url, `/base${path}`);
    assert.equal(seen?.headers['x-a'], '1, 2');
    assert.equal(seen?.headers['content-length'], '5');
    assert.equal(seen?.headers.host, url.slice('http://'.length));
    assert.equal(Buffer.concat(chunks).toString(), 'hello');
  });

  test('a streaming body goes with its length, or in chunks without one', async (t) => {
    const url = await backend(t, (req, res) => {
      const framing = req.headers['content-length'] ?? req.headers['transfer-encoding'];
      let size = 0;
      req.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      req.on('end', () => res.end(`${framing} ${size}`));
    });
    const one = transport(t, url);
    for (const [length, expected] of [
      [6, '6 6'],
      [undefined, 'chunked 6'],
    ] as const) {
      const body = new HandBody(length);
      const head = one.send(call({ method: 'POST', body }));
      const sink = await body.started;
      sink.write(Buffer.from('abc'));
      sink.write(Buffer.from('def'));
      sink.end();
      assert.equal(await text(await head), expected);
    }
  });

  test('a client that breaks off its upload breaks off the request: the backend sees no end', async (t) => {
    const aborted = Promise.withResolvers<void>();
    const url = await backend(t, (req) => {
      req.on('error', () => aborted.resolve());
      req.on('end', () => aborted.reject(new Error('it looked whole')));
      req.resume();
    });
    const body = new HandBody();
    const head = transport(t, url).send(call({ method: 'POST', body }));
    const sink = await body.started;
    sink.write(Buffer.from('half'));
    sink.fail(new FrontdeskError('client_closed'));
    await assert.rejects(head, coded('client_closed'));
    await aborted.promise;
  });

  test('a body shorter than declared is a bad request, and never looks whole', async (t) => {
    const url = await backend(t, (req) => req.on('error', () => {}).resume());
    const body = new HandBody(10);
    const head = transport(t, url).send(call({ method: 'POST', body }));
    const sink = await body.started;
    sink.write(Buffer.from('short'));
    sink.end();
    await assert.rejects(head, coded('bad_request'));
  });

  test('a backend that reads slowly holds the client back', async (t) => {
    const reading = Promise.withResolvers<http.IncomingMessage>();
    const url = await backend(t, (req, res) => {
      req.pause();
      reading.resolve(req);
      req.on('end', () => res.end('ok'));
    });
    const body = new HandBody();
    const head = transport(t, url).send(call({ method: 'POST', body }));
    const sink = await body.started;
    const chunk = Buffer.alloc(64 * 1024);
    let written = 0;
    const push = (): void => {
      while (written < 512) {
        written += 1;
        if (!sink.write(chunk)) return;
      }
      sink.end();
    };
    body.onResume = push;
    push();
    const req = await reading.promise;
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(written < 512, 'it was told to wait');
    req.resume();
    assert.equal(await text(await head), 'ok');
    assert.equal(written, 512);
  });

  test('an early answer stops the upload', async (t) => {
    const url = await backend(t, (_req, res) => {
      res.writeHead(413).end();
    });
    const body = new HandBody();
    const head = transport(t, url).send(call({ method: 'POST', body }));
    (await body.started).write(Buffer.alloc(1000));
    const reply = await head;
    assert.equal(reply.status, 413);
    await reply.settled;
    assert.equal(await text(reply), '');
  });
});

describe('replies', () => {
  test('end-to-end fields come through with duplicates, hop-by-hop and nominated ones do not', async (t) => {
    const url = await rawBackend(
      t,
      says(
        'HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX-Hop: 1\r\nConnection: keep-alive, X-Hop\r\n' +
          'Keep-Alive: timeout=5\r\nProxy-Authenticate: x\r\nTrailer: x\r\nContent-Length: 2\r\n\r\nok',
      ),
    );
    const reply = await transport(t, url).send(call());
    assert.deepEqual(reply.headers.flat, ['set-cookie', 'a', 'set-cookie', 'b', 'content-length', '2']);
    assert.equal(reply.body.length, 2);
    assert.equal(await text(reply), 'ok');
    assert.deepEqual(await reply.settled, { kind: 'complete', bytes: 2 });
  });

  test('HEAD, 204 and 304 have no body, and HEAD keeps its content-length field', async (t) => {
    const url = await backend(t, (req, res) => {
      res.writeHead(Number(req.url?.slice(1)), req.method === 'HEAD' ? { 'content-length': '7' } : {}).end();
    });
    const one = transport(t, url);
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
    ] as const) {
      const reply = await one.send(call({ method, path: `/${status}` }));
      assert.equal(reply.body.length, 0);
      if (method === 'HEAD') assert.equal(reply.headers.get('content-length'), '7');
      assert.equal(await text(reply), '');
    }
  });

  test('encoded bodies stay encoded', async (t) => {
    const url = await backend(t, (_req, res) => {
      res.writeHead(200, { 'content-encoding': 'br' }).end(Buffer.from([1, 2, 3]));
    });
    const reply = await transport(t, url).send(call());
    assert.equal(reply.headers.get('content-encoding'), 'br');
    assert.equal(await text(reply), '\u0001\u0002\u0003');
  });

  test('redirects are not followed, and the endpoint’s own address stays inside', async (t) => {
    const url = await backend(t, (req, res) => {
      res.writeHead(302, { location: `http://${req.headers.host}/base/next?x=1` }).end();
    });
    const reply = await transport(t, `${url}/base`).send(call({ path: '/first' }));
    assert.equal(reply.status, 302);
    assert.equal(reply.headers.get('location'), '/next?x=1');
    await text(reply);
  });

  test('a big reply flows in bounded memory at the pace of its receiver', async (t) => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const url = await backend(t, (_req, res) => {
      const chunk = Buffer.alloc(64 * 1024);
      const push = (): void => {
        while (sent < total) {
          sent += chunk.length;
          if (!res.write(chunk)) return void res.once('drain', push);
        }
        res.end();
      };
      push();
    });
    const reply = await transport(t, url).send(call());
    let received = 0;
    const done = Promise.withResolvers<void>();
    const flow = reply.body.start({
      write: (chunk) => {
        received += chunk.length;
        return false;
      },
      end: () => done.resolve(),
      fail: done.reject,
    });
    // Long enough for the sockets' buffers to fill; the receiver has said wait at its first chunk.
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(received <= 128 * 1024, `${received} bytes came through a sink that waits`);
    assert.ok(sent < total, 'the backend was held back');
    for (let asked = 1; asked <= 5; asked += 1) {
      const before = received;
      flow.resume();
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(
        received - before <= 128 * 1024,
        `${received - before} bytes came where one chunk was asked for`,
      );
    }
    const pump = setInterval(() => {
      for (let i = 0; i < 64; i += 1) flow.resume();
    }, 0);
    await done.promise;
    clearInterval(pump);
    assert.equal(received, total);
  });

  test('a reply in a transfer coding that we did not ask for is refused at once', async (t) => {
    const head = (coding: string): string => `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n`;
    const chunked = '2\r\nok\r\n0\r\n\r\n';
    const sound = await transport(t, await rawBackend(t, says(head('Chunked') + chunked))).send(call());
    assert.equal(await text(sound), 'ok');
    for (const coding of ['unknown', 'gzip, chunked', 'identity', 'chunked, unknown']) {
      const sent = transport(t, await rawBackend(t, says(head(coding) + chunked))).send(call());
      await assert.rejects(sent, coded('upstream_invalid'), coding);
    }
  });

  test('interim replies are passed over, a flood of them is refused', async (t) => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    const final = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    const few = await transport(t, await rawBackend(t, says(early + early + final))).send(call());
    assert.equal(await text(few), 'ok');
    const flood = transport(t, await rawBackend(t, says(early.repeat(1000) + final))).send(call());
    await assert.rejects(flood, coded('upstream_invalid'));
  });
});

test('fields after a body are handed on with its end', async (t) => {
  const url = await rawBackend(
    t,
    says(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n',
    ),
  );
  const reply = await transport(t, url).send(call());
  const trailers = await new Promise((end, fail) => {
    reply.body.start({ write: () => true, end, fail });
  });
  assert.ok(trailers instanceof HeaderFields);
  assert.deepEqual(trailers.flat, ['x-sum', '1']);
});
