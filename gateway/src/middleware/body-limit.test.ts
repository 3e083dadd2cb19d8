import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, collect, emptyBody, type Flow, type Sink, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { bodyLimit } from './body-limit.ts';

const LIMIT = 10;

/** Bytes of unknown length, pushed at once, as far as its receiver lets it. */
class StreamedBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly #chunks: readonly string[];
  written = 0;
  ended: Error | undefined;

  constructor(chunks: readonly string[]) {
    this.#chunks = chunks;
  }

  start(sink: Sink): Flow {
    queueMicrotask(() => {
      for (const chunk of this.#chunks) {
        if (this.ended) return;
        this.written += chunk.length;
        sink.write(Buffer.from(chunk));
      }
      if (!this.ended) sink.end();
    });
    return { resume() {}, cancel: (reason) => this.discard(reason) };
  }

  discard(reason: Error): void {
    this.ended = reason;
  }
}

async function read(body: Body, headers: Record<string, string> = {}): Promise<string> {
  const { exchange } = makeExchange({ method: 'POST', body, headers });
  let text = '';
  await bodyLimit(LIMIT)(exchange, async (inner) => {
    const bytes = await collect(inner.body, 1_000, () => new Error('test limit'));
    text = Buffer.from(bytes).toString();
    return makeReply(204, new HeaderFields(), emptyBody);
  });
  return text;
}

test('a body within the limit passes, of known length or not', async () => {
  assert.equal(await read(new WholeBody('0123456789')), '0123456789');
  assert.equal(await read(new StreamedBody(['01234', '56789'])), '0123456789');
  assert.equal(await read(emptyBody), '');
});

test('D61: a declared length past the limit is 413 before a byte is read', async () => {
  const body = new StreamedBody(['x']);
  Object.defineProperty(body, 'length', { value: LIMIT + 1 });
  await assert.rejects(read(body), { code: 'payload_too_large' });
  assert.equal(body.written, 0);
  assert.ok(body.ended);
});

test('D61: a body of unknown length is 413 at the first byte past it, and read no further', async () => {
  const body = new StreamedBody(['01234', '56789', 'x', 'y', 'z']);
  await assert.rejects(read(body), { code: 'payload_too_large' });
  assert.equal(body.written, LIMIT + 1);
});

test('D62: a coded body is 415 and never unpacked', async () => {
  for (const coding of ['gzip', 'br', 'GZIP', 'identity, gzip']) {
    const body = new StreamedBody(['x']);
    await assert.rejects(read(body, { 'content-encoding': coding }), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, 'unsupported_media_type');
      assert.deepEqual(error.headers, [['accept-encoding', 'identity']]);
      return true;
    });
    assert.equal(body.written, 0);
  }
  assert.equal(await read(new WholeBody('x'), { 'content-encoding': 'identity' }), 'x');
});
