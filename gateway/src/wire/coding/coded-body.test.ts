import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Body, collect, type Flow, type Sink, WholeBody } from '../../core/body.ts';
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
