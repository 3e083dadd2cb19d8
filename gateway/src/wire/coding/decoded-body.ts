/**
 * A request's body as it is before its coding: gzip, deflate or Zstandard, never brotli. Held to a size, and to a ratio to
 * what came: a bomb is let go at its first megabyte, not its last.
 */
import { constants, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Body, Flow, Sink } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type Coder, ThroughCoder } from './through-coder.ts';

export const READABLE_CODINGS = ['gzip', 'deflate', 'zstd'] as const;

export type ReadableCoding = (typeof READABLE_CODINGS)[number];

/** Bytes of content for each byte that came. Text comes to ten. */
const MAX_RATIO = 20;
/** Up to here no ratio does any harm. */
const ANY_RATIO_BYTES = 16 * 1024;
/** As many as an empty frame has. */
const MOST_BYTES_BEHIND = 13;
/** 8 MiB, as RFC 9659 has it. */
const MAX_ZSTD_WINDOW_BITS = 23;

export class DecodedBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly #source: Body;
  readonly #coding: ReadableCoding;
  readonly #maxBytes: number;
  readonly #over: (() => void) | undefined;

  /**
   * Fails with `payload_too_large` past `maxBytes` or the ratio, and with `bad_request` where it cannot be decoded. `over` is
   * called once, when nothing is decoded any more.
   */
  constructor(source: Body, coding: ReadableCoding, maxBytes: number, over?: () => void) {
    this.#source = source;
    this.#coding = coding;
    this.#maxBytes = maxBytes;
    this.#over = over;
  }

  start(sink: Sink): Flow {
    const maxBytes = this.#maxBytes;
    const coder = decoderFor(this.#coding);
    let bytes = 0;
    const bounded: Sink = {
      write(chunk) {
        bytes += chunk.length;
        const isBomb = bytes > ANY_RATIO_BYTES && bytes > through.bytesIn * MAX_RATIO;
        if (bytes <= maxBytes && !isBomb) return sink.write(chunk);
        const error = new FrontdeskError('payload_too_large', {
          members: { maxBytes },
          detail: isBomb ? `a body that decodes to more than ${MAX_RATIO} times its size` : 'a decoded body',
        });
        through.cancel(error);
        sink.fail(error);
        return false;
      },
      end(trailers) {
        // Node stops without a word where a Zstandard frame ends, though another may follow.
        const left = through.bytesIn - coder.bytesWritten;
        if (left === 0 || isEmptyFrame(through.lastBytes(left))) sink.end(trailers);
        else sink.fail(undecodable(new RangeError('more follows the end of the coding')));
      },
      fail: (error) => sink.fail(error),
    };
    const through = new ThroughCoder(coder, bounded, {
      fault: undecodable,
      over: this.#over,
      keeps: MOST_BYTES_BEHIND,
    });
    return through.from(this.#source);
  }

  discard(reason: Error): void {
    this.#over?.();
    this.#source.discard(reason);
  }
}

/** Node's own encoder, fed piece by piece, writes one behind its frame: with a checksum or without. */
const EMPTY_FRAMES: readonly string[] = ['28b52ffd2000010000', '28b52ffd240001000099e9d851'];

function isEmptyFrame(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && EMPTY_FRAMES.includes(Buffer.from(bytes).toString('hex'));
}

function decoderFor(coding: ReadableCoding): Coder {
  switch (coding) {
    case 'gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'zstd':
      return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW_BITS } });
  }
}

function undecodable(cause: Error): FrontdeskError {
  return new FrontdeskError('bad_request', { detail: 'a body that cannot be decoded', cause });
}
