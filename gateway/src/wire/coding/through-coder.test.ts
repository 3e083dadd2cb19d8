import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createBrotliCompress, createGunzip, createGzip, createZstdCompress, gzip } from 'node:zlib';
import type { Body, Flow, Sink } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ThroughCoder } from './through-coder.ts';

const gzipAsync = promisify(gzip);

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

test('a receiver that waits holds the source back, and lets it go on', async () => {
  const source = new Source();
  const noise = randomBytes(64 * 1024);
  let taken = 0;
  let writes = 0;
  let waits = true;
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const through = new ThroughCoder(createGzip({ level: 1 }), {
    write: (chunk) => {
      taken += chunk.length;
      writes += 1;
      return !waits;
    },
    end: () => resolve(),
    fail() {},
  });
  const flow = through.from(source);
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
  // As much work on the same threads as would bring all of it here, were it not held back.
  for (let i = 0; i < 4; i += 1) await gzipAsync(Buffer.alloc(total));
  assert.equal(writes, 1, 'the receiver was written to although it waits');
  assert.ok(sent < 1024 * 1024, `${sent} bytes were taken for a receiver that waits`);
  waits = false;
  flow.resume();
  await ended;
  assert.ok(sent >= total && taken >= total);
});

test('a source that breaks breaks the coded body, and nothing follows', async () => {
  const source = new Source();
  const told: string[] = [];
  const through = new ThroughCoder(createBrotliCompress(), {
    write: () => true,
    end: () => told.push('end'),
    fail: ({ message }) => told.push(message),
  });
  through.from(source);
  source.sink?.write(Buffer.from('x'));
  source.sink?.fail(new Error('broke'));
  source.sink?.end();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(told, ['broke']);
});

test('trailers come after the last byte', async () => {
  const source = new Source();
  const { promise: ended, resolve } = Promise.withResolvers<HeaderFields | undefined>();
  const through = new ThroughCoder(createZstdCompress(), {
    write: () => true,
    end: resolve,
    fail() {},
  });
  through.from(source);
  const trailers = new HeaderFields(['x-sum', '1']);
  source.sink?.end(trailers);
  assert.equal(await ended, trailers);
});

test('what the coder cannot read is told to both sides, in the words of whoever made it', async () => {
  const source = new Source();
  const { promise: failed, resolve } = Promise.withResolvers<Error>();
  const through = new ThroughCoder(
    createGunzip(),
    { write: () => true, end() {}, fail: resolve },
    { fault: () => new Error('no gzip') },
  );
  through.from(source);
  source.sink?.write(Buffer.from('junk'));
  assert.equal((await failed).message, 'no gzip');
  assert.equal(source.cancelled?.message, 'no gzip');
  assert.equal(through.bytesIn, 4);
});

test('whoever gives up, the coder is let go, and is told of once', async () => {
  const left = new Error('left');
  for (const give of [
    (_: Source, flow: Flow) => flow.cancel(left),
    (source: Source) => source.sink?.fail(left),
    (source: Source) => source.sink?.end(),
  ]) {
    const source = new Source();
    const coder = createGzip();
    const closed = new Promise((resolve) => coder.once('close', resolve));
    let over = 0;
    const through = new ThroughCoder(
      coder,
      { write: () => true, end() {}, fail() {} },
      {
        over: () => {
          over += 1;
        },
      },
    );
    const flow = through.from(source);
    source.sink?.write(Buffer.from('x'));
    give(source, flow);
    await closed;
    flow.cancel(left);
    source.sink?.fail(left);
    assert.equal(over, 1);
  }
});

test('a source that begins after its receiver gave up is stopped', () => {
  const source = new Source();
  const through = new ThroughCoder(createGzip(), { write: () => true, end() {}, fail() {} });
  through.cancel(new Error('gave up'));
  through.from(source);
  assert.equal(source.cancelled?.message, 'gave up');
});
