/**
 * A reader of HTTP/1.1 requests by the letter of RFC 9112, slow and plain, and written without a look at any other: what
 * a gateway sends on is held against what this one finds in the same bytes. Where the letter leaves a choice it is
 * strict, but in two places: line ends of any kind before a request (§2.2) and several spaces in its line (§3) are
 * passed over, as Node's parser, nginx and HAProxy do.
 */

export interface StrictRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** One character a byte. */
  readonly body: string;
}

export interface StrictStream {
  /** The whole, sound requests at the start of the stream. */
  readonly requests: readonly StrictRequest[];
  /** Why no more are found behind them. */
  readonly end: 'nothing left' | 'unfinished' | 'closed' | 'unsound';
  /** What is unsound; for the eye of a reader. */
  readonly fault: string;
  /** Where the last whole request ends. */
  readonly readTo: number;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) +([\x21-\x7e\x80-\xff]+) +HTTP\/1\.([01])$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^[0-9]{1,15}$/;
const CHUNK = /^0*([0-9A-Fa-f]{1,12})([\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/;

class Unsound extends Error {}
class Unfinished extends Error {}

/** `bytes`: one character each. */
export function readStrictly(bytes: string): StrictStream {
  const requests: StrictRequest[] = [];
  const reader = new StrictReader(bytes);
  let readTo = 0;
  try {
    while (reader.skipEmptyLines()) {
      const { request, isLast } = reader.request();
      requests.push(request);
      readTo = reader.at;
      if (isLast) return { requests, end: 'closed', fault: '', readTo };
    }
    return { requests, end: 'nothing left', fault: '', readTo };
  } catch (error) {
    if (error instanceof Unfinished) return { requests, end: 'unfinished', fault: '', readTo };
    if (error instanceof Unsound) return { requests, end: 'unsound', fault: error.message, readTo };
    throw error;
  }
}

class StrictReader {
  readonly #bytes: string;
  #at = 0;

  constructor(bytes: string) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  /** Whether anything is left behind empty lines. */
  skipEmptyLines(): boolean {
    while (this.#bytes[this.#at] === '\r' || this.#bytes[this.#at] === '\n') this.#at += 1;
    return this.#at < this.#bytes.length;
  }

  request(): { request: StrictRequest; isLast: boolean } {
    const line = REQUEST_LINE.exec(this.#line());
    if (!line) throw new Unsound('request line');
    const [, method = '', target = '', minor] = line;
    const fields = this.#fields();
    const all = (name: string): string[] =>
      fields.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
    const hosts = all('host').length;
    if (hosts > 1 || (minor === '1' && hosts === 0)) throw new Unsound('host');
    const body = this.#body(all('transfer-encoding'), all('content-length'), minor === '1');
    const options = all('connection').flatMap((value) =>
      value.split(',').map((one) => one.trim().toLowerCase()),
    );
    const isLast =
      options.includes('close') || (minor === '0' && !options.includes('keep-alive')) || method === 'CONNECT';
    return { request: { method, target, fields, body }, isLast };
  }

  #line(): string {
    const end = this.#bytes.indexOf('\n', this.#at);
    if (end < 0) throw new Unfinished();
    if (this.#bytes[end - 1] !== '\r') throw new Unsound('a bare line feed');
    const line = this.#bytes.slice(this.#at, end - 1);
    if (line.includes('\r')) throw new Unsound('a bare carriage return');
    this.#at = end + 1;
    return line;
  }

  #fields(): (readonly [string, string])[] {
    const fields: (readonly [string, string])[] = [];
    for (let line = this.#line(); line !== ''; line = this.#line()) {
      const colon = line.indexOf(':');
      const name = line.slice(0, Math.max(colon, 0));
      const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
      if (!TOKEN.test(name) || !VALUE.test(value)) throw new Unsound(`field ${JSON.stringify(line)}`);
      fields.push([name, value]);
    }
    return fields;
  }

  #body(codings: readonly string[], lengths: readonly string[], knowsChunks: boolean): string {
    if (codings.length > 0) {
      if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') throw new Unsound('coding');
      if (lengths.length > 0 || !knowsChunks) throw new Unsound('two framings');
      return this.#chunks();
    }
    const [length, ...more] = lengths;
    if (length === undefined) return '';
    if (more.length > 0 || !LENGTH.test(length)) throw new Unsound('length');
    return this.#take(Number(length));
  }

  #chunks(): string {
    let body = '';
    for (;;) {
      const size = CHUNK.exec(this.#line())?.[1];
      if (size === undefined) throw new Unsound('chunk');
      const length = Number.parseInt(size, 16);
      if (length === 0) break;
      body += this.#take(length);
      if (this.#take(2) !== '\r\n') throw new Unsound('the end of a chunk');
    }
    this.#fields();
    return body;
  }

  #take(length: number): string {
    if (this.#at + length > this.#bytes.length) throw new Unfinished();
    const taken = this.#bytes.slice(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }
}
