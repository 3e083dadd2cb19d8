/**
 * A body that remembers its bytes while they flow to where they go, up to a limit. It holds back nothing and changes
 * nothing of the flow.
 */
import type { Body, Flow, Sink } from '../../core/body.ts';

export class TeeBody implements Body {
  readonly #source: Body;
  readonly #maxBytes: number;
  started = false;
  /** `undefined`: there were more than the limit. */
  readonly #onWhole: (bytes: Uint8Array | undefined) => void;

  /** `onWhole` is called once where the body came to its end, and never where it broke or was not read. */
  constructor(source: Body, maxBytes: number, onWhole: (bytes: Uint8Array | undefined) => void) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#onWhole = onWhole;
  }

  get length(): number | undefined {
    return this.#source.length;
  }

  get replayable(): boolean {
    return false;
  }

  start(sink: Sink): Flow {
    this.started = true;
    let chunks: Uint8Array[] | undefined = [];
    let size = 0;
    return this.#source.start({
      write: (chunk) => {
        size += chunk.length;
        if (size > this.#maxBytes) chunks = undefined;
        // Whoever pushes may use its buffer again.
        else chunks?.push(Uint8Array.from(chunk));
        return sink.write(chunk);
      },
      end: (trailers) => {
        sink.end(trailers);
        this.#onWhole(chunks && Buffer.concat(chunks, size));
      },
      fail: (error) => sink.fail(error),
    });
  }

  discard(reason: Error): void {
    this.#source.discard(reason);
  }
}
