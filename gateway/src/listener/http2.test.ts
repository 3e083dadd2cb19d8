import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import https from 'node:https';
import { after, describe, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { type Body, collect, emptyBody, type Sink, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { Authority } from '../core/testing/certificates.ts';
import { type ServeOptions, serve, textReply } from './raw-client.fixture.ts';

const authority = new Authority({ after });
const { certFile, keyFile } = authority.issue('gateway');
const tlsConfig = { cert: certFile, key: keyFile };

async function listen(t: TestContext, options: ServeOptions = {}) {
  const given = typeof options.config === 'object' && options.config !== null ? options.config : {};
  const served = await serve(t, { ...options, config: { tls: tlsConfig, http2: true, ...given } });
  const session = http2.connect(`https://localhost:${served.port}`, { ca: authority.ca });
  session.on('error', () => {});
  t.after(() => session.destroy());
  return { ...served, session };
}

interface Answered {
  readonly status: unknown;
  readonly fields: http2.IncomingHttpHeaders;
  readonly trailers: http2.IncomingHttpHeaders | undefined;
  readonly text: string;
  readonly code: number;
}

async function ask(
  session: ClientHttp2Session,
  fields: http2.OutgoingHttpHeaders,
  body?: string,
): Promise<Answered> {
  const stream = session.request({ ':path': '/', ...fields }, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return answered(stream);
}

async function answered(stream: ClientHttp2Stream): Promise<Answered> {
  let head: http2.IncomingHttpHeaders = {};
  let trailers: http2.IncomingHttpHeaders | undefined;
  const chunks: Buffer[] = [];
  stream.on('response', (fields) => {
    head = fields;
  });
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('close', resolve));
  const text = Buffer.concat(chunks).toString();
  return { status: head[':status'], fields: head, trailers, text, code: stream.rstCode };
}

/** A body that a test pushes by hand. */
class PushedBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly sink = Promise.withResolvers<Sink>();
  readonly cancelled = Promise.withResolvers<Error>();
  start(sink: Sink) {
    this.sink.resolve(sink);
    return { resume() {}, cancel: (reason: Error) => this.cancelled.resolve(reason) };
  }
  discard(): void {}
}

test('D70: it is off unless asked for, and HTTP/1.1 over TLS goes on beside it', async (t) => {
  const plain = await serve(t, { config: { tls: tlsConfig } });
  const socket = tls.connect({
    port: plain.port,
    host: 'localhost',
    ca: authority.ca,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  await once(socket, 'secureConnect');
  assert.equal(socket.alpnProtocol, 'http/1.1');
  socket.destroy();
  const { port, exchanges } = await listen(t);
  const request = https.get({ port, host: 'localhost', ca: authority.ca, path: '/a', agent: false });
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 200);
  assert.equal(exchanges[0]?.client.scheme, 'https');
  response.resume();
});

describe('an exchange', () => {
  test('path, host, fields, client and body arrive as they do over HTTP/1.1', async (t) => {
    let body = '';
    const { session, exchanges, port } = await listen(t, {
      handle: async (exchange) => {
        body = Buffer.from(await collect(exchange.body, 100, () => new Error())).toString();
        return textReply('made', 201);
      },
    });
    const given = { ':method': 'POST', ':path': '/a/%7Eb?c=d', cookie: ['a=1', 'b=2'], 'x-one': '1' };
    const { status, text, fields } = await ask(session, given, 'hello');
    assert.equal(status, 201);
    assert.equal(text, 'made');
    assert.equal(fields['content-length'], '4');
    const [exchange] = exchanges;
    assert.equal(exchange?.path, '/a/~b');
    assert.equal(exchange?.query, 'c=d');
    assert.equal(exchange?.host, `localhost:${port}`);
    assert.equal(exchange?.headers.get('host'), `localhost:${port}`);
    assert.equal(exchange?.headers.get('cookie'), 'a=1; b=2');
    assert.equal(exchange?.requestBytes, 5);
    assert.equal(body, 'hello');
  });

  test('trailers, both ways', async (t) => {
    let seen: HeaderFields | undefined;
    const { session } = await listen(t, {
      handle: async (exchange) => {
        await new Promise<void>((end, fail) => {
          exchange.body.start({
            write: () => true,
            end: (trailers) => {
              seen = trailers;
              end();
            },
            fail,
          });
        });
        const body = new PushedBody();
        void body.sink.promise.then((sink) => {
          sink.write(Buffer.from('ok'));
          sink.end(new HeaderFields(['grpc-status', '0']));
        });
        return makeReply(200, new HeaderFields(), body);
      },
    });
    const stream = session.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1', 'x-user-id': 'eve' }));
    stream.end('hello');
    const { text, trailers } = await answered(stream);
    assert.equal(text, 'ok');
    assert.equal(trailers?.['grpc-status'], '0');
    assert.deepEqual(seen?.flat, ['x-sum', '1']);
  });

  test('a client that leaves cancels what works for it; a body that breaks never looks whole', async (t) => {
    const body = new PushedBody();
    const { session, exchanges } = await listen(t, {
      handle: async () => makeReply(200, new HeaderFields(), body),
    });
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {});
    (await body.sink.promise).write(Buffer.from('half'));
    await once(stream, 'response');
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await body.cancelled.promise;
    assert.equal(exchanges[0]?.cancellation.cancelled, true);
    const broken = new PushedBody();
    const other = await listen(t, { handle: async () => makeReply(200, new HeaderFields(), broken) });
    void broken.sink.promise.then((sink) => {
      sink.write(Buffer.from('half'));
      sink.fail(new FrontdeskError('upstream_reset'));
    });
    assert.equal((await ask(other.session, {})).code, http2.constants.NGHTTP2_INTERNAL_ERROR);
  });

  test('a reply before the end of the request reaches its client, which is told to stop', async (t) => {
    const config = { timeouts: { linger: '20ms' } };
    const { session } = await listen(t, { config, handle: async () => textReply('no', 413) });
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.write('more to come');
    const { status, text, code } = await answered(stream);
    assert.equal(status, 413);
    assert.equal(text, 'no');
    assert.equal(code, http2.constants.NGHTTP2_NO_ERROR);
  });
});

describe('heads that could be read in two ways, or are too much', () => {
  const bad: Record<string, [http2.OutgoingHttpHeaders, number]> = {
    'another Host than the authority': [{ ':authority': 'localhost', host: 'evil.example' }, 400],
    'a scheme that is not ours': [{ ':scheme': 'http' }, 400],
    'an authority that is none': [{ ':authority': 'localhost:99999' }, 400],
    'a path that climbs out': [{ ':path': '/a/%2e%2e/%00' }, 400],
    'a method that we do not know': [{ ':method': 'TRACE' }, 405],
    'two API keys': [{ 'x-api-key': ['a', 'b'] }, 400],
    'too long a target': [{ ':path': `/${'a'.repeat(9000)}` }, 414],
    'too many fields': [Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, '1'])), 431],
    'too many pieces of a cookie': [{ cookie: Array.from({ length: 101 }, (_, i) => `a${i}=1`) }, 431],
    'too many bytes': [{ 'x-large': 'x'.repeat(16_500) }, 431],
  };
  for (const [what, [fields, status]] of Object.entries(bad)) {
    test(`${what}: ${status}`, async (t) => {
      const { session, port, exchanges } = await listen(t);
      await once(session, 'remoteSettings');
      const unstrict = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
      t.after(() => unstrict.destroy());
      assert.equal((await ask(unstrict, fields)).status, status);
      assert.equal(exchanges.length, 0);
      assert.equal((await ask(unstrict, {})).status, 200, 'the connection goes on');
    });
  }

  test('D70: a header bomb is reset unheard', async (t) => {
    const { session, exchanges } = await listen(t);
    await once(session, 'remoteSettings');
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`x-${i}`, 'y'.repeat(500)]));
    const { status, code } = await ask(session, many);
    assert.equal(status, undefined);
    assert.notEqual(code, http2.constants.NGHTTP2_NO_ERROR);
    assert.equal(exchanges.length, 0);
  });
});

describe('floods', () => {
  test('D70: requests broken off as fast as they are made close the connection', async (t) => {
    const { session, exchanges } = await listen(t, {
      config: { limits: { streamResets: 20 } },
      handle: () => new Promise(() => {}),
    });
    await once(session, 'remoteSettings');
    const closed = new Promise((resolve) => session.once('close', resolve));
    for (let i = 0; i < 500 && !session.destroyed; i += 1) {
      const stream = session.request({ ':path': '/' });
      stream.on('error', () => {});
      // Once it was sent.
      await new Promise((resolve) => setImmediate(resolve));
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
    await closed;
    assert.ok(exchanges.length < 200, `${exchanges.length} were heard`);
  });

  test('D70: pings and settings without end close the connection', async (t) => {
    for (const flood of ['ping', 'settings'] as const) {
      const { session } = await listen(t);
      await once(session, 'remoteSettings');
      const closed = new Promise((resolve) => session.once('close', resolve));
      for (let i = 0; i < 2_000 && !session.destroyed; i += 1) {
        if (flood === 'ping') session.ping(() => {});
        else session.settings({ initialWindowSize: 65_535 + i });
        if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await closed;
    }
  });

  test('D70: continuation frames without end close the connection', async (t) => {
    const { port } = await listen(t);
    const socket = tls.connect({ port, host: 'localhost', ca: authority.ca, ALPNProtocols: ['h2'] });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head.writeUInt8(type, 3);
      head.writeUInt8(flags, 4);
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, payload]);
    };
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(4, 0, 0, Buffer.alloc(0)));
    socket.write(frame(1, 0, 1, Buffer.from([0x82])));
    for (let i = 0; i < 100 && !socket.destroyed; i += 1) socket.write(frame(9, 0, 1, Buffer.alloc(0)));
    await closed;
  });

  test('more requests at once than allowed are refused, and may be sent again', async (t) => {
    const { session, exchanges } = await listen(t, {
      config: { limits: { concurrentStreams: 2 } },
      handle: () => new Promise(() => {}),
    });
    await once(session, 'remoteSettings');
    assert.equal(session.remoteSettings.maxConcurrentStreams, 2);
    for (let i = 0; i < 5; i += 1) session.request({ ':path': '/' }).on('error', () => {});
    while (exchanges.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => session.ping(() => resolve()));
    assert.equal(exchanges.length, 2);
  });
});

test('leaving: a GOAWAY first, what runs is finished, then the connection ends', async (t) => {
  const body = new PushedBody();
  const { session, listener } = await listen(t, {
    config: { drain: { idle: '50ms' } },
    handle: async () => makeReply(200, new HeaderFields(), body),
  });
  const stream = session.request({ ':path': '/' });
  const sink = await body.sink.promise;
  sink.write(Buffer.from('a'));
  const goaway = once(session, 'goaway');
  const drained = listener.drain();
  await goaway;
  sink.write(Buffer.from('b'));
  sink.end();
  assert.equal((await answered(stream)).text, 'ab');
  assert.deepEqual(await drained, { cut: 0 });
});

describe('gRPC', () => {
  const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };

  test('an error of ours is said in its words, without a body', async (t) => {
    const { session } = await listen(t, {
      handle: async (exchange) => {
        exchange.error = new FrontdeskError('rate_limited', { retryAfterS: 2 });
        return textReply('{}', 429);
      },
    });
    const { status, fields, text } = await ask(session, grpc, 'x');
    assert.equal(status, 200);
    assert.equal(fields['content-type'], 'application/grpc');
    assert.equal(fields['grpc-status'], '8');
    assert.equal(fields['grpc-message'], 'The rate limit is exceeded');
    assert.equal(fields['grpc-retry-pushback-ms'], '2000');
    assert.equal(text, '');
  });

  test('a call past its grpc-timeout is cancelled, and an answer that breaks ends with a status', async (t) => {
    const body = new PushedBody();
    const { session, exchanges } = await listen(t, {
      handle: async (exchange) => {
        exchange.cancellation.onCancel((reason) => void body.sink.promise.then((sink) => sink.fail(reason)));
        return makeReply(200, new HeaderFields(['content-type', 'application/grpc']), body);
      },
    });
    const { trailers } = await ask(session, { ...grpc, 'grpc-timeout': '30m' }, 'x');
    assert.equal(trailers?.['grpc-status'], '4');
    assert.equal(exchanges[0]?.cancellation.cancelled, true);
  });
});

test('a refusal has no body where none is due', async (t) => {
  const { session } = await listen(t, {
    handle: async () => makeReply(204, new HeaderFields(['x-a', '1']), emptyBody),
  });
  assert.equal((await ask(session, { ':method': 'DELETE' })).status, 204);
  const head = await listen(t, {
    handle: async () => makeReply(200, new HeaderFields(), new WholeBody('abc')),
  });
  const { fields, text } = await ask(head.session, { ':method': 'HEAD' });
  assert.equal(fields['content-length'], '3');
  assert.equal(text, '');
});
