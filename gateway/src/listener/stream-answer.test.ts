import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
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
