/** Newline-delimited JSON: a value a line. The last line may lack its break; empty lines say nothing. */

export const NDJSON_MEDIA_TYPE = 'application/x-ndjson';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Takes lines out of a body as its chunks come. */
export class LineReader {
  readonly #maxBytes: number;
  readonly #tooLong: () => Error;
  #rest: Buffer[] = [];
  #restBytes = 0;

  /** A line of more than `maxBytes` throws what `tooLong` makes. */
  constructor(maxBytes: number, tooLong: () => Error) {
    this.#maxBytes = maxBytes;
    this.#tooLong = tooLong;
  }

  /** The lines that are whole with this chunk. */
  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#keep(bytes.subarray(start, end));
      this.#flush(lines);
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
    return lines;
  }

  /** The line that the body ended within. */
  end(): string[] {
    const lines: string[] = [];
    this.#flush(lines);
    return lines;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#restBytes += piece.length;
    if (this.#restBytes > this.#maxBytes) throw this.#tooLong();
    this.#rest.push(piece);
  }

  #flush(lines: string[]): void {
    if (this.#restBytes === 0) return;
    let bytes = Buffer.concat(this.#rest);
    if (bytes.at(-1) === RETURN) bytes = bytes.subarray(0, -1);
    this.#rest = [];
    this.#restBytes = 0;
    if (bytes.length > 0) lines.push(bytes.toString('utf8'));
  }
}
