/**
 * A body in another coding: gzip, brotli or Zstandard, made as it flows. The work is done off the event loop; what the
 * coder holds is bounded by its window, and a receiver that waits holds the source back through it. Nothing is decoded
 * here.
 */
import {
  type BrotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  type Gzip,
  gzipSync,
  type ZstdCompress,
  zstdCompressSync,
} from 'node:zlib';
import type { Body, Flow, Sink } from '../core/body.ts';
import { toFrontdeskError } from '../core/errors.ts';
import type { HeaderFields } from '../core/headers.ts';

export type Coding = 'gzip' | 'br' | 'zstd';

type Coder = Gzip | BrotliCompress | ZstdCompress;

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
    const { coding, level, flushes } = this.#options;
    const coder = coderFor(coding, level, this.#source.length);
    const through = new ThroughCoder(coder, sink, flushes ? FLUSHES[coding] : undefined);
    return through.follow(this.#source.start(through));
  }

  discard(reason: Error): void {
    this.#source.discard(reason);
  }
}

/** Between a source and a sink: what the one writes goes through the coder to the other. */
class ThroughCoder implements Sink, Flow {
  readonly #coder: Coder;
  readonly #sink: Sink;
  readonly #flush: number | undefined;
  #source: Flow | undefined;
  #trailers: HeaderFields | undefined;
  #broken: Error | undefined;
  #over = false;

  constructor(coder: Coder, sink: Sink, flush: number | undefined) {
    this.#coder = coder;
    this.#sink = sink;
    this.#flush = flush;
    coder.on('data', (chunk: Uint8Array) => {
      if (!this.#over && !sink.write(chunk)) coder.pause();
    });
    coder.on('drain', () => {
      if (!this.#over) this.#source?.resume();
    });
    coder.on('end', () => {
      if (this.#end()) sink.end(this.#trailers);
    });
    coder.on('error', (error) => this.#break(error));
  }

  /** The source's reins, once they are known: it may have pushed before. */
  follow(source: Flow): Flow {
    this.#source = source;
    if (this.#broken) source.cancel(this.#broken);
    return this;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over) return false;
    const goesOn = this.#coder.write(chunk);
    if (this.#flush !== undefined) this.#coder.flush(this.#flush);
    return goesOn;
  }

  end(trailers?: HeaderFields): void {
    this.#trailers = trailers;
    if (!this.#over) this.#coder.end();
  }

  /** A coding that is cut short does not look whole; the sink learns at once. */
  fail(error: Error): void {
    if (!this.#end()) return;
    this.#coder.destroy();
    this.#sink.fail(error);
  }

  resume(): void {
    if (!this.#over) this.#coder.resume();
  }

  cancel(reason: Error): void {
    if (!this.#end()) return;
    this.#coder.destroy();
    this.#source?.cancel(reason);
  }

  #break(thrown: Error): void {
    if (!this.#end()) return;
    const error = toFrontdeskError(thrown);
    this.#broken = error;
    this.#sink.fail(error);
    this.#source?.cancel(error);
  }

  /** False where it was over before. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    return true;
  }
}
