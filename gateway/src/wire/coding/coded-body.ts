/**
 * A body in another coding: gzip, brotli or Zstandard, made as it flows. The work is done off the event loop; what the
 * coder holds is bounded by its window, and a receiver that waits holds the source back through it. Nothing is decoded
 * here.
 */
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import type { Body, Flow, Sink } from '../../core/body.ts';
import { type Coder, ThroughCoder } from './through-coder.ts';

export type Coding = 'gzip' | 'br' | 'zstd';

/** Windows of 256 KiB and 128 KiB: what larger ones save on text is little, what they take in memory is not. */
const BROTLI_WINDOW_BITS = 18;
const ZSTD_WINDOW_BITS = 17;

const FLUSHES = {
  gzip: constants.Z_SYNC_FLUSH,
  br: constants.BROTLI_OPERATION_FLUSH,
  zstd: constants.ZSTD_e_flush,
} as const;

/** Codes at once what is whole and small. */
export function codedBytes(bytes: Uint8Array, coding: Coding, level: number): Uint8Array {
  switch (coding) {
    case 'gzip':
      return gzipSync(bytes, { level });
    case 'br':
      return brotliCompressSync(bytes, brotliOptions(level, bytes.length));
    case 'zstd':
      return zstdCompressSync(bytes, zstdOptions(level));
  }
}

function coderFor(coding: Coding, level: number, length: number | undefined): Coder {
  switch (coding) {
    case 'gzip':
      return createGzip({ level });
    case 'br':
      return createBrotliCompress(brotliOptions(level, length));
    case 'zstd':
      return createZstdCompress(zstdOptions(level));
  }
}

function brotliOptions(level: number, length: number | undefined) {
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: level,
      [constants.BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS,
      ...(length === undefined ? {} : { [constants.BROTLI_PARAM_SIZE_HINT]: length }),
    },
  };
}

function zstdOptions(level: number) {
  return {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: ZSTD_WINDOW_BITS,
    },
  };
}

export interface CodedBodyOptions {
  readonly coding: Coding;
  readonly level: number;
  /** Lets each piece go as soon as it is there: for what a client waits on. */
  readonly flushes: boolean;
  /** Called once, when nothing is coded any more. */
  readonly over?: (() => void) | undefined;
}

export class CodedBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly #source: Body;
  readonly #options: CodedBodyOptions;

  constructor(source: Body, options: CodedBodyOptions) {
    this.#source = source;
    this.#options = options;
  }

  start(sink: Sink): Flow {
    const { coding, level, flushes, over } = this.#options;
    const coder = coderFor(coding, level, this.#source.length);
    const through = new ThroughCoder(coder, sink, { flush: flushes ? FLUSHES[coding] : undefined, over });
    return through.from(this.#source);
  }

  discard(reason: Error): void {
    this.#options.over?.();
    this.#source.discard(reason);
  }
}
