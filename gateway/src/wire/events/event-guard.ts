/**
 * Watches an event stream go by (HTML Living Standard §9.2.5, "Parsing an event stream") in whatever pieces it comes:
 * no event may be longer than allowed, and whoever adds to the stream or ends it must know where one ends. Nothing
 * is kept.
 */
const LF = 0x0a;
const CR = 0x0d;

export class EventGuard {
  readonly #maxEventBytes: number;
  #eventBytes = 0;
  #lineIsEmpty = true;
  #afterCr = false;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** Whether the stream is between two events. */
  get atBoundary(): boolean {
    return this.#eventBytes === 0;
  }

  /** Looks at the next bytes. False where an event is longer than allowed. */
  watch(chunk: Uint8Array): boolean {
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (byte === LF && this.#afterCr) {
        // The second half of a line's end.
        this.#afterCr = false;
        continue;
      }
      this.#afterCr = byte === CR;
      if (byte !== LF && byte !== CR) {
        this.#lineIsEmpty = false;
        this.#eventBytes += 1;
        if (this.#eventBytes > this.#maxEventBytes) return false;
      } else if (this.#lineIsEmpty) {
        this.#eventBytes = 0;
      } else {
        this.#lineIsEmpty = true;
        this.#eventBytes += 1;
      }
    }
    return true;
  }
}
