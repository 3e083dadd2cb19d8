/**
 * A body that is kept while it streams to the client who asked. The backend is read at its own speed as long as all fits
 * in `maxBytes`, so that those who wait for the kept reply do not wait for a slow client; past that nothing is kept, and
 * the client's pace is the backend's again. What breaks, or ends short of what was promised, is never kept.
 */
import type { Body, Flow, Sink } from '../../core/body.ts';
import type { HeaderFields } from '../../core/headers.ts';

export interface RecordingOptions {
  readonly maxBytes: number;
  /** Called once, with all bytes, or with nothing where they are not to be kept. */
  readonly onEnd: (bytes: Uint8Array | undefined) => void;
  /** The client wants no more of it. */
  readonly onLeave: (reason: Error) => void;
}

export class Recording implements Body, Sink {
  readonly length: number | undefined;
  readonly replayable = false;
  readonly #options: RecordingOptions;
  /** Not yet given to the client; while recording, all of them. */
  #chunks: Uint8Array[] = [];
  /** Of the chunks, how many the client has. */
  #given = 0;
  #bytes = 0;
  #keeps = true;
  #ended: 'complete' | Error | undefined;
  #trailers: HeaderFields | undefined;
  #sink: Sink | undefined;
  #waits = false;
  #gone = false;
  #feeding = false;
  #paused = false;
  #source: Flow | undefined;

  constructor(source: Body, options: RecordingOptions) {
    this.length = source.length;
    this.#options = options;
    this.#source = source.start(this);
  }

  /** Ends the source for good. */
  stop(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#source?.cancel(reason);
    this.#drop();
    this.#feed();
  }

  // The backend's side.

  write(chunk: Uint8Array): boolean {
    if (this.#ended !== undefined) return false;
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#keeps && this.#bytes > this.#options.maxBytes) this.#drop();
    this.#feed();
    if (this.#gone && !this.#keeps) this.stop(new Error('nobody takes this body'));
    this.#paused = !this.#keeps && this.#given < this.#chunks.length;
    return !this.#paused;
  }

  end(trailers?: HeaderFields): void {
    this.#ended = 'complete';
    this.#trailers = trailers;
    // A reply with trailers is given on, not kept: there is no place for them.
    const isWhole = trailers === undefined && (this.length === undefined || this.length === this.#bytes);
    if (this.#keeps && isWhole) {
      this.#keeps = false;
      this.#options.onEnd(this.#whole());
    } else this.#drop();
    this.#feed();
  }

  fail(error: Error): void {
    this.#ended = error;
    this.#drop();
    this.#feed();
  }

  // The client's side.

  start(sink: Sink): Flow {
    this.#sink = sink;
    this.#feed();
    return {
      resume: () => {
        this.#waits = false;
        this.#feed();
      },
      cancel: (reason) => this.discard(reason),
    };
  }

  discard(reason: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#sink = undefined;
    if (!this.#keeps) this.stop(reason);
    this.#options.onLeave(reason);
  }

  /** Memory of its own: chunks are views of what was read from a socket, which may be much more. */
  #whole(): Uint8Array {
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  /** Keeps nothing any more; what the client has may go. */
  #drop(): void {
    if (!this.#keeps) return;
    this.#keeps = false;
    this.#options.onEnd(undefined);
  }

  #feed(): void {
    if (this.#feeding) return;
    this.#feeding = true;
    while (this.#sink && !this.#waits && this.#given < this.#chunks.length) {
      const chunk = this.#chunks[this.#given];
      this.#given += 1;
      if (chunk && !this.#sink.write(chunk)) this.#waits = true;
    }
    this.#feeding = false;
    if (!this.#keeps) {
      this.#chunks.splice(0, this.#given);
      this.#given = 0;
    }
    if (this.#given < this.#chunks.length) return;
    if (this.#ended !== undefined) this.#tellEnd(this.#ended);
    else if (this.#paused && !this.#waits) {
      this.#paused = false;
      this.#source?.resume();
    }
  }

  #tellEnd(ended: 'complete' | Error): void {
    const sink = this.#sink;
    this.#sink = undefined;
    if (!sink) return;
    this.#gone = true;
    if (ended === 'complete') sink.end(this.#trailers);
    else sink.fail(ended);
  }
}
