import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { constants, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Body, collect, type Flow, type Sink, WholeBody } from '../../core/body.ts';
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

test('D62: a Zstandard frame that wants a window of 16 MiB does not get it', async () => {
  const coder = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 24 } });
  // Not told beforehand how much it will be, it says how far back it may look.
  coder.write('a little');
  coder.end(' and a little more');
  const pieces: Buffer[] = [];
  for await (const piece of coder) pieces.push(piece);
  await assert.rejects(read(Buffer.concat(pieces), 'zstd'), { code: 'bad_request' });
});

test('content that is cut short, or followed by something else, is no content', async () => {
  const text = 'some text that is long enough. '.repeat(20);
  for (const coding of CODINGS) {
    const whole = CODERS[coding](text);
    for (const bytes of [whole.subarray(0, -1), whole.subarray(0, 5), Buffer.alloc(0)]) {
      await assert.rejects(read(bytes, coding), { code: 'bad_request' }, coding);
    }
  }
  for (const coding of CODINGS) {
    const followed = Buffer.concat([CODERS[coding](text), Buffer.from('something else')]);
    await assert.rejects(read(followed, coding), { code: 'bad_request' }, coding);
  }
  // What Node's own encoder makes of two pieces ends with a frame of nothing, in whatever pieces it arrives.
  const coder = createZstdCompress();
  coder.write('one, ');
  coder.end('two');
  const coded = Buffer.concat(await coder.toArray());
  for (const size of [1, 5, coded.length]) {
    const body = new DecodedBody(inPieces(coded, size), 'zstd', LIMIT);
    const content = await collect(body, LIMIT, () => new Error('test limit'));
    assert.equal(Buffer.from(content).toString(), 'one, two');
  }
  const more = Buffer.concat([coded, zstdCompressSync('three')]);
  await assert.rejects(read(more, 'zstd'), { code: 'bad_request' });
  // Two members are one content; of two frames the second would be lost, so that both are refused.
  const members = Buffer.concat([gzipSync('one, '), gzipSync('two')]);
  assert.equal(Buffer.from(await read(members, 'gzip')).toString(), 'one, two');
  const frames = Buffer.concat([zstdCompressSync('one, '), zstdCompressSync('two')]);
  await assert.rejects(read(frames, 'zstd'), { code: 'bad_request' });
});

function inPieces(bytes: Buffer, size: number): Body {
  return {
    length: undefined,
    replayable: false,
    start(sink) {
      for (let at = 0; at < bytes.length; at += size) sink.write(bytes.subarray(at, at + size));
      sink.end();
      return { resume() {}, cancel() {} };
    },
    discard() {},
  };
}
