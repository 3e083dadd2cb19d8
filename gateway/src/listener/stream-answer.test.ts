import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import type { Sink } from '../core/body.ts';
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
