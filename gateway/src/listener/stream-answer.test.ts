import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { type Body, type Sink, WholeBody } from '../core/body.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { Authority } from '../core/testing/certificates.ts';
import { serve, textReply } from './raw-client.fixture.ts';

// Replies, trailers and breaks are seen in http2.test.ts.

const authority = new Authority({ after });
const { certFile, keyFile } = authority.issue('gateway');
const config = { tls: { cert: certFile, key: keyFile }, http2: true };

test('a client that takes nothing is cut off, and what was sent to it stops', async (t) => {
  const clock = new ManualClock();
  const cancelled = Promise.withResolvers<Error>();
  const full = Promise.withResolvers<void>();
  const body = {
    length: undefined,
    replayable: false,
    start(sink: { write(chunk: Uint8Array): boolean }) {
      setImmediate(() => {
        while (sink.write(Buffer.alloc(64 * 1024)));
        full.resolve();
      });
      return { resume() {}, cancel: (reason: Error) => cancelled.resolve(reason) };
    },
    discard() {},
  };
  const { port } = await serve(t, {
    clock,
    config,
    handle: async () => makeReply(200, new HeaderFields(), body),
  });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  session.request({ ':path': '/' }).on('error', () => {});
  await full.promise;
  clock.advance(60_000);
  assert.match(String(await cancelled.promise), /client closed/);
});

test('a reply that node refuses to write becomes one of ours', async (t) => {
  const { port } = await serve(t, { config, handle: async () => textReply('x', 99) });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  const status = await new Promise((resolve) => {
    stream.once('response', (head) => resolve(head[':status']));
  });
  assert.equal(status, 500);
});

test('fields that node takes for single go on twice where they came twice, trailers too', async (t) => {
  const fields = new HeaderFields(['etag', '"a"', 'etag', '"b"']);
  const body = {
    length: undefined,
    replayable: false,
    start(sink: Sink) {
      sink.end(fields);
      return { resume() {}, cancel() {} };
    },
    discard() {},
  };
  const { port } = await serve(t, { config, handle: async () => makeReply(200, fields, body) });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  const heads: (readonly string[])[] = [];
  stream.on('response', (_fields, _flags, raw) => heads.push(raw.slice(2, 6)));
  stream.on('trailers', (_fields, _flags, raw) => heads.push(raw));
  stream.resume();
  await once(stream, 'close');
  assert.deepEqual(heads, [fields.flat, fields.flat]);
});

test('trailers that node refuses break the reply, and nothing else', async (t) => {
  const body = {
    length: undefined,
    replayable: false,
    start(sink: Sink) {
      sink.end(new HeaderFields([':status', '200']));
      return { resume() {}, cancel() {} };
    },
    discard() {},
  };
  const reply = makeReply(200, new HeaderFields(), body);
  const { port } = await serve(t, { config, handle: async () => reply });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  stream.on('error', () => {});
  stream.resume();
  await new Promise((resolve) => stream.on('close', resolve));
  assert.equal(stream.rstCode, http2.constants.NGHTTP2_INTERNAL_ERROR);
  assert.equal((await reply.settlement.settled).kind, 'failed');
});

test('a client that is slow but reads has all the time that a whole body takes', async (t) => {
  const clock = new ManualClock();
  const { port } = await serve(t, {
    clock,
    config,
    handle: async () => makeReply(200, new HeaderFields(), new WholeBody(Buffer.alloc(512 * 1024, 'x'))),
  });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  let bytes = 0;
  let until = 64 * 1024;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes < until) continue;
    until += 64 * 1024;
    clock.advance(25_000);
  }
  assert.equal(bytes, 512 * 1024);
});

test('replies that break are not held against the client', async (t) => {
  const body = (): Body => ({
    length: undefined,
    replayable: false,
    start(sink: Sink) {
      setImmediate(() => sink.fail(new Error('broken')));
      return { resume() {}, cancel() {} };
    },
    discard() {},
  });
  const limits = { streamResets: 3 };
  const { port } = await serve(t, {
    config: { ...config, limits },
    handle: async ({ path }) => (path === '/' ? makeReply(200, new HeaderFields(), body()) : textReply('ok')),
  });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  session.on('error', () => {});
  t.after(() => session.destroy());
  for (let i = 0; i < 8; i += 1) {
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {});
    stream.resume();
    await new Promise((resolve) => stream.on('close', resolve));
  }
  const [head] = await once(session.request({ ':path': '/ok' }), 'response');
  assert.equal(head[':status'], 200);
});

test('426 says so without the fields that HTTP/2 has no place for', async (t) => {
  const fields = new HeaderFields(['upgrade', 'websocket', 'x-a', '1']);
  const { port } = await serve(t, {
    config,
    handle: async () => makeReply(426, fields, new WholeBody('no')),
  });
  const session = http2.connect(`https://localhost:${port}`, { ca: authority.ca });
  t.after(() => session.destroy());
  const [head] = await once(session.request({ ':path': '/' }), 'response');
  assert.deepEqual([head[':status'], head['x-a'], head.upgrade], [426, '1', undefined]);
});
