/**
 * Takes members out of the data of each event of a stream (HTML Living Standard §9.2) and leaves every other line as it
 * was: `event`, `id`, `retry`, comments. It fails closed: an event whose data is not JSON ends the stream. Nothing
 * is kept but the event that is being read, and that is bounded.
 */
import type { JsonStripper } from '../json/json-strip.ts';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const DATA = Buffer.from('data');
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
const NEWLINE = Buffer.from('\n');

export class EventStripper {
  readonly #strip: JsonStripper;
  readonly #maxEventBytes: number;
  /** Of the line that is being read. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Lines of the event that is being read, but for its data. */
  #lines: Uint8Array[] = [];
  #data: Uint8Array[] = [];
  #afterCr = false;
  #first = true;

  constructor(strip: JsonStripper, maxEventBytes: number) {
    this.#strip = strip;
    this.#maxEventBytes = maxEventBytes;
  }

  /** The events that are whole with these bytes. `undefined` where one is too long or is not JSON: then it is over. */
  write(chunk: Uint8Array): Uint8Array | undefined {
    const out: Uint8Array[] = [];
    let start = 0;
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (byte !== LF && byte !== CR) {
        this.#afterCr = false;
        continue;
      }
      if (byte === LF && this.#afterCr) {
        this.#afterCr = false;
        start = i + 1;
        continue;
      }
      this.#afterCr = byte === CR;
      if (!this.#keep(chunk, start, i) || !this.#endLine(out)) return undefined;
      start = i + 1;
    }
    return this.#keep(chunk, start, chunk.length) ? Buffer.concat(out) : undefined;
  }

  #keep(chunk: Uint8Array, start: number, end: number): boolean {
    if (end === start) return true;
    this.#bytes += end - start;
    // A copy: the chunk may be the socket's own buffer.
    this.#pieces.push(chunk.slice(start, end));
    return this.#bytes <= this.#maxEventBytes;
  }

  #endLine(out: Uint8Array[]): boolean {
    const line = this.#line();
    this.#pieces = [];
    if (line.length === 0) return this.#endEvent(out);
    const value = dataOf(line);
    if (value) this.#data.push(value);
    else this.#lines.push(line);
    return true;
  }

  /** Readers pass over a mark at the very beginning: what stands behind it is a field like any other. */
  #line(): Buffer {
    const line = Buffer.concat(this.#pieces);
    const isMarked = this.#first && line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    this.#first = false;
    return isMarked ? line.subarray(BYTE_ORDER_MARK.length) : line;
  }

  #endEvent(out: Uint8Array[]): boolean {
    for (const line of this.#lines) out.push(line, NEWLINE);
    if (this.#data.length > 0) {
      const stripped = this.#strip(
        Buffer.concat(this.#data.flatMap((one, i) => (i > 0 ? [NEWLINE, one] : one))),
      );
      if (!stripped) return false;
      const text = Buffer.from(stripped.buffer, stripped.byteOffset, stripped.length).toString('utf8');
      for (const line of text.split(/\r\n|\n|\r/)) out.push(Buffer.from(`data: ${line}\n`));
    }
    out.push(NEWLINE);
    this.#lines = [];
    this.#data = [];
    this.#bytes = 0;
    return true;
  }
}

/** The value of a `data` line, without the one space that may stand before it; `undefined` for any other line. */
function dataOf(line: Buffer): Uint8Array | undefined {
  const colon = line.indexOf(COLON);
  const end = colon < 0 ? line.length : colon;
  if (!line.subarray(0, end).equals(DATA)) return undefined;
  if (colon < 0) return new Uint8Array(0);
  return line.subarray(line[colon + 1] === 0x20 ? colon + 2 : colon + 1);
}
