import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Body, collect, type Flow, type Sink, WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { CodedBody, type Coding, codedBytes } from './coded-body.ts';

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync } as const;
const CODINGS: readonly Coding[] = ['gzip', 'br', 'zstd'];
const tooLarge = (): Error => new Error('test limit');

/** Pieces that are pushed when its test says so, no faster than its receiver takes them. */
class Source implements Body {
  readonly length = undefined;
  readonly replayable = false;
  sink: Sink | undefined;
  cancelled: Error | undefined;
  resumed = 0;
  onResume = (): void => {};

  start(sink: Sink): Flow {
    this.sink = sink;
    return {
      resume: () => {
        this.resumed += 1;
        this.onResume();
      },
      cancel: (reason) => {
        this.cancelled = reason;
      },
    };
  }

  discard(reason: Error): void {
    this.cancelled = reason;
  }
}

test('what is coded, at once or as it flows, is the same when it is decoded', async () => {
  const bytes = Buffer.from(
    JSON.stringify(Array.from({ length: 3_000 }, (_, id) => ({ id, name: `n${id}` }))),
  );
  for (const coding of CODINGS) {
    assert.deepEqual(Buffer.from(DECODERS[coding](codedBytes(bytes, coding, 1))), bytes);
    const body = new CodedBody(new WholeBody(bytes), { coding, level: 1, flushes: false });
    const coded = await collect(body, bytes.length, tooLarge);
    assert.ok(coded.length < bytes.length / 2, coding);
    assert.deepEqual(Buffer.from(DECODERS[coding](coded)), bytes);
  }
});

test('a piece that is flushed can be read before the next one comes', async () => {
  for (const coding of CODINGS) {
    const source = new Source();
    const { promise: first, resolve } = Promise.withResolvers<Uint8Array>();
    const flow = new CodedBody(source, { coding, level: 1, flushes: true }).start({
      write: (chunk) => {
        resolve(chunk);
        return true;
      },
      end() {},
      fail() {},
    });
    source.sink?.write(Buffer.from('data: 1\n\n'));
    assert.ok((await first).length > 0, coding);
    flow.cancel(new Error('test over'));
    assert.ok(source.cancelled, coding);
  }
});

test('a receiver that waits holds the source back, and lets it go on', async () => {
  const source = new Source();
  const body = new CodedBody(source, { coding: 'gzip', level: 1, flushes: false });
  const noise = randomBytes(64 * 1024);
  let taken = 0;
  let waits = true;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const flow = body.start({
    write: (chunk) => {
      taken += chunk.length;
      return !waits;
    },
    end: () => resolve(),
    fail() {},
  });
  let sent = 0;
  const total = 4 * 1024 * 1024;
  const push = (): void => {
    while (sent < total) {
      sent += noise.length;
      if (!source.sink?.write(noise)) return;
    }
    source.sink?.end();
  };
  source.onResume = push;
  push();
  // Nothing moves any more when nothing has for some turns of the loop.
  for (let still = 0, before = -1; still < 50; still = taken === before ? still + 1 : 0) {
    before = taken;
    await new Promise((done) => setImmediate(done));
  }
  assert.ok(sent < 1024 * 1024, `${sent} bytes were taken for a receiver that waits`);
  waits = false;
  flow.resume();
  await ended;
  assert.ok(sent >= total && taken >= total);
});

test('a source that breaks breaks the coded body, and nothing follows', async () => {
  const source = new Source();
  const told: string[] = [];
  new CodedBody(source, { coding: 'br', level: 1, flushes: false }).start({
    write: () => true,
    end: () => told.push('end'),
    fail: ({ message }) => told.push(message),
  });
  source.sink?.write(Buffer.from('x'));
  source.sink?.fail(new Error('broke'));
  source.sink?.end();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(told, ['broke']);
});

test('trailers come after the last byte', async () => {
  const source = new Source();
  const { promise: ended, resolve } = Promise.withResolvers<HeaderFields | undefined>();
  new CodedBody(source, { coding: 'zstd', level: 1, flushes: false }).start({
    write: () => true,
    end: resolve,
    fail() {},
  });
  const trailers = new HeaderFields(['x-sum', '1']);
  source.sink?.end(trailers);
  assert.equal(await ended, trailers);
});
