/**
 * A coder of node:zlib between a source and a sink. It works off the event loop and holds no more than its window and a
 * few pieces: a receiver that waits holds the source back through it.
 */
import type { BrotliCompress, Gunzip, Gzip, Inflate, ZstdCompress, ZstdDecompress } from 'node:zlib';
import type { Body, Flow, Sink } from '../../core/body.ts';
import { toFrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';

/** Brotli is written, and never read. */
export type Coder = Gzip | BrotliCompress | ZstdCompress | Gunzip | Inflate | ZstdDecompress;

export interface ThroughCoderOptions {
  /** Lets each piece go as soon as it is there, by this operation of the coder. */
  readonly flush?: number | undefined;
  /** What it means that the coder broke. */
  readonly fault?: (error: Error) => Error;
  /** Called once, when the coder is done with, however it ended. */
  readonly over?: (() => void) | undefined;
  /** How many of the last bytes that came are kept for `lastBytes`; 0. */
  readonly keeps?: number;
}

const NOTHING = new Uint8Array(0);

export class ThroughCoder implements Sink, Flow {
  readonly #coder: Coder;
  readonly #sink: Sink;
  readonly #options: ThroughCoderOptions;
  /** Bytes that came from the source. */
  bytesIn = 0;
  #kept: Uint8Array = NOTHING;
  #source: Flow | undefined;
  #trailers: HeaderFields | undefined;
  #broken: Error | undefined;
  #over = false;

  constructor(coder: Coder, sink: Sink, options: ThroughCoderOptions = {}) {
    this.#coder = coder;
    this.#sink = sink;
    this.#options = options;
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

  /** Starts the source, which may push at once. */
  from(body: Body): Flow {
    const source = body.start(this);
    this.#source = source;
    if (this.#broken) source.cancel(this.#broken);
    return this;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over) return false;
    this.bytesIn += chunk.length;
    const { flush, keeps = 0 } = this.#options;
    if (keeps > 0)
      this.#kept = chunk.length >= keeps ? chunk.subarray(-keeps) : joined(this.#kept, chunk, keeps);
    const goesOn = this.#coder.write(chunk);
    if (flush !== undefined) this.#coder.flush(flush);
    return goesOn;
  }

  /** The last bytes that came; `undefined` where fewer are kept. */
  lastBytes(count: number): Uint8Array | undefined {
    return count > this.#kept.length ? undefined : this.#kept.subarray(this.#kept.length - count);
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
    this.#broken = reason;
    this.#coder.destroy();
    this.#source?.cancel(reason);
  }

  #break(thrown: Error): void {
    if (!this.#end()) return;
    const error = this.#options.fault?.(thrown) ?? toFrontdeskError(thrown);
    this.#broken = error;
    this.#sink.fail(error);
    this.#source?.cancel(error);
  }

  /** False where it was over before. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#options.over?.();
    return true;
  }
}

function joined(first: Uint8Array, second: Uint8Array, most: number): Uint8Array {
  return Buffer.concat([first, second]).subarray(-most);
}
