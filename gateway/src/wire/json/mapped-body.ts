/**
 * A body whose chunks become others on their way, one at a time: nothing piles up, and a receiver that waits holds the
 * source back. What the mapping throws fails the body and cancels its source.
 */
import type { Body, Flow, Sink } from '../../core/body.ts';
import { toFrontdeskError } from '../../core/errors.ts';
import type { HeaderFields } from '../../core/headers.ts';

export interface ChunkMapping {
  /** What a chunk becomes; nothing where it is empty. */
  chunk(chunk: Uint8Array): Uint8Array | undefined;
  /** What comes at the end. */
  end(trailers: HeaderFields | undefined): Uint8Array | undefined;
  /** What is said of a source that broke; where it is `undefined` the body breaks too. */
  broken?(error: Error): Uint8Array | undefined;
}

export class MappedBody implements Body {
  readonly length = undefined;
  readonly replayable = false;
  readonly #source: Body;
  readonly #mapping: ChunkMapping;

  /** `mapping` is used once. */
  constructor(source: Body, mapping: ChunkMapping) {
    this.#source = source;
    this.#mapping = mapping;
  }

  start(sink: Sink): Flow {
    const mapped = new MappedSink(sink, this.#mapping);
    return mapped.follow(this.#source.start(mapped));
  }

  discard(reason: Error): void {
    this.#source.discard(reason);
  }
}

class MappedSink implements Sink {
  readonly #sink: Sink;
  readonly #mapping: ChunkMapping;
  #over = false;
  #error: Error | undefined;
  #flow: Flow | undefined;

  constructor(sink: Sink, mapping: ChunkMapping) {
    this.#sink = sink;
    this.#mapping = mapping;
  }

  /** The source's reins, once they are known: it may have pushed before. */
  follow(flow: Flow): Flow {
    this.#flow = flow;
    if (this.#error) flow.cancel(this.#error);
    return flow;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over) return false;
    try {
      const mapped = this.#mapping.chunk(chunk);
      return mapped && mapped.length > 0 ? this.#sink.write(mapped) : true;
    } catch (thrown) {
      this.#break(thrown);
      return false;
    }
  }

  end(trailers?: HeaderFields): void {
    if (this.#over) return;
    try {
      const last = this.#mapping.end(trailers);
      if (last && last.length > 0) this.#sink.write(last);
    } catch (thrown) {
      this.#fail(toFrontdeskError(thrown));
      return;
    }
    this.#over = true;
    this.#sink.end();
  }

  fail(error: Error): void {
    if (!this.#over) this.#fail(error);
  }

  #break(thrown: unknown): void {
    const error = toFrontdeskError(thrown);
    this.#error = error;
    this.#fail(error);
    this.#flow?.cancel(error);
  }

  #fail(error: Error): void {
    this.#over = true;
    const last = this.#mapping.broken?.(error);
    if (last === undefined) {
      this.#sink.fail(error);
      return;
    }
    this.#sink.write(last);
    this.#sink.end();
  }
}
