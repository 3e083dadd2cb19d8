import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Body, collect, type Flow, type Sink, WholeBody } from '../core/body.ts';
import { DecodedBody, type ReadableCoding } from './decoded-body.ts';

const CODERS = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync } as const;
const CODINGS: readonly ReadableCoding[] = ['gzip', 'deflate', 'zstd'];
const LIMIT = 100_000;

function read(bytes: Uint8Array, coding: ReadableCoding, limit = LIMIT): Promise<Uint8Array> {
  return collect(
    new DecodedBody(new WholeBody(bytes), coding, limit),
    10_000_000,
    () => new Error('test limit'),
  );
}

test('what was coded is read', async () => {
  const text = JSON.stringify(Array.from({ length: 2_000 }, (_, id) => ({ id, name: `n${id * 7919}` })));
  for (const coding of CODINGS) {
    assert.equal(Buffer.from(await read(CODERS[coding](text), coding)).toString(), text, coding);
  }
});

test('D62: content past the limit is 413, whatever its ratio', async () => {
  for (const coding of CODINGS) {
    await assert.rejects(read(CODERS[coding](randomBytes(LIMIT + 1)), coding), { code: 'payload_too_large' });
    assert.equal((await read(CODERS[coding](randomBytes(LIMIT)), coding)).length, LIMIT);
  }
});

test('D62: a bomb is let go long before its end, and its source with it', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  let cancelled: Error | undefined;
  let written = 0;
  const source: Body = {
    length: bomb.length,
    replayable: false,
    start(sink: Sink): Flow {
      const go = (): void => {
        while (written < bomb.length && !cancelled) {
          const piece = bomb.subarray(written, written + 1_024);
          written += piece.length;
          if (!sink.write(piece)) return;
        }
        if (!cancelled) sink.end();
      };
      queueMicrotask(go);
      return {
        resume: go,
        cancel(reason) {
          cancelled = reason;
        },
      };
    },
    discard() {},
  };
  let taken = 0;
  const failed = new Promise<Error>((fail) => {
    new DecodedBody(source, 'gzip', 100_000_000).start({
      write(chunk) {
        taken += chunk.length;
        return true;
      },
      end() {},
      fail,
    });
  });
  assert.match(String(await failed), /too large/);
  assert.ok(cancelled);
  assert.ok(taken < 2_000_000, `${taken} bytes came out`);
});

test('what is cut short or no coding at all is 400', async () => {
  for (const coding of CODINGS) {
    const coded = CODERS[coding]('some content that is cut short');
    await assert.rejects(read(coded.subarray(0, -6), coding), { code: 'bad_request' }, coding);
    await assert.rejects(read(Buffer.from('no coding at all'), coding), { code: 'bad_request' });
  }
});
