/**
 * Reads server-sent events (HTML Living Standard §9.2.6, "Interpreting an event stream") from bytes in whatever pieces
 * they come. Nothing is kept but the event that is being read, and that is bounded. `retry` is passed over: who opens a
 * stream again has a pace of their own.
 */

export interface ServerSentEvent {
  /** `message` where the stream does not say. */
  readonly type: string;
  readonly data: string;
  /** The last that the stream stated, so far; `undefined` where it states none. */
  readonly id?: string;
}

/** The media type, whatever its parameters. */
export function isEventStream(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'text/event-stream';
}

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = '\uFEFF';

export class EventStreamReader {
  readonly #maxEventBytes: number;
  readonly #onEvent: (event: ServerSentEvent) => void;
  /** The line that is being read. */
  #pieces: Uint8Array[] = [];
  /** Bytes of the event that is being read. */
  #bytes = 0;
  #afterCr = false;
  #first = true;
  #type = '';
  #data: string | undefined;
  #id: string | undefined;

  constructor(maxEventBytes: number, onEvent: (event: ServerSentEvent) => void) {
    this.#maxEventBytes = maxEventBytes;
    this.#onEvent = onEvent;
  }

  /** Takes the next bytes. False where an event is longer than allowed: nothing may be written after that. */
  write(chunk: Uint8Array): boolean {
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
      if (!this.#keep(chunk, start, i)) return false;
      this.#endLine();
      start = i + 1;
    }
    return this.#keep(chunk, start, chunk.length);
  }

  #keep(chunk: Uint8Array, start: number, end: number): boolean {
    if (end === start) return true;
    this.#bytes += end - start;
    if (this.#bytes > this.#maxEventBytes) return false;
    // A copy: the chunk may be the socket's own buffer.
    this.#pieces.push(chunk.slice(start, end));
    return true;
  }

  #endLine(): void {
    const [only] = this.#pieces;
    const bytes = this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    let line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    if (this.#first) {
      this.#first = false;
      if (line.startsWith(BYTE_ORDER_MARK)) line = line.slice(1);
    }
    if (line === '') this.#dispatch();
    else this.#field(line);
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) {
      // A comment says that the other side is alive, and is over.
      this.#bytes -= Buffer.byteLength(line);
      return;
    }
    const name = colon < 0 ? line : line.slice(0, colon);
    const at = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1;
    const value = colon < 0 ? '' : line.slice(at);
    if (name === 'data') this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(): void {
    const type = this.#type;
    const data = this.#data;
    this.#type = '';
    this.#data = undefined;
    this.#bytes = 0;
    // By the book an event without data is none; but `event: complete` alone is how some servers end.
    if (data === undefined && type === '') return;
    const event = { type: type === '' ? 'message' : type, data: data ?? '' };
    this.#onEvent(this.#id === undefined ? event : { ...event, id: this.#id });
  }
}
