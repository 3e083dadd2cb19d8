/**
 * An HTTP/1.1 client that takes nothing for granted: what came of a request is a whole reply, no connection at all, a
 * connection that ended before the reply was whole, or bytes that are no HTTP. It repeats nothing.
 */
import { createConnection, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  /** In lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * `unreached`: nobody took the connection. `lost`: somebody did, and no whole reply came. `raced`: it was closed for being idle
 * while the request was on its way, which HTTP/1.1 cannot rule out: a client may repeat it (RFC 9112 §9.3.1, §9.5).
 */
export type Failure = 'unreached' | 'lost' | 'raced' | 'invalid';

export interface ClientOptions {
  readonly port: number;
  /** Connections at most; what comes beyond waits for one. */
  readonly connections: number;
  readonly timeoutMs?: number;
  /** A kept connection that nothing had come over for so long may be closed under a request; by default that is a loss. */
  readonly idleMs?: number;
}

interface Asked {
  readonly text: string;
  /** It has a connection, and goes. */
  readonly onSent: (() => void) | undefined;
  readonly done: (outcome: Reply | Failure) => void;
}

const TIMEOUT_MS = 30_000;

export class HttpClient {
  readonly #options: ClientOptions;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #waiting: Asked[] = [];

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** `head`: further lines of the head, each with its CRLF. */
  get(path: string, head: string | undefined = '', onSent?: () => void): Promise<Reply | Failure> {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}\r\n`, onSent);
  }

  /** `onSent` is called when it is written, where a connection had to be awaited first then. */
  send(text: string, onSent?: () => void): Promise<Reply | Failure> {
    return new Promise((done) => this.#assign({ text, done, onSent }));
  }

  close(): void {
    for (const connection of this.#open) connection.destroy();
  }

  #assign(asked: Asked): void {
    const idle = this.#idle.pop();
    if (idle) idle.ask(asked);
    else if (this.#open.size < this.#options.connections) this.#connect(asked);
    else this.#waiting.push(asked);
  }

  #connect(first: Asked): void {
    const connection: Connection = new Connection(this.#options, {
      idle: () => {
        const next = this.#waiting.shift();
        if (next) connection.ask(next);
        else this.#idle.push(connection);
      },
      closed: () => {
        this.#open.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at >= 0) this.#idle.splice(at, 1);
        const next = this.#waiting.shift();
        if (next) this.#assign(next);
      },
    });
    this.#open.add(connection);
    connection.ask(first);
  }
}

interface Owner {
  idle(): void;
  closed(): void;
}

class Connection {
  readonly #socket: Socket;
  readonly #owner: Owner;
  readonly #timeoutMs: number;
  readonly #idleMs: number;
  #connected = false;
  /** When the last reply was whole. */
  #repliedAt = Number.POSITIVE_INFINITY;
  #mayRace = false;
  #asked: Asked | undefined;
  #received: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;

  constructor({ port, timeoutMs = TIMEOUT_MS, idleMs }: ClientOptions, owner: Owner) {
    this.#owner = owner;
    this.#idleMs = idleMs ?? Number.POSITIVE_INFINITY;
    this.#timeoutMs = timeoutMs;
    this.#socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.once('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', () => {});
    this.#socket.on('end', () => this.#socket.end());
    this.#socket.once('close', () => {
      if (this.#connected) this.#end(this.#mayRace && this.#received.length === 0 ? 'raced' : 'lost');
      else this.#end('unreached');
      this.#owner.closed();
    });
  }

  ask(asked: Asked): void {
    this.#asked = asked;
    this.#mayRace = performance.now() - this.#repliedAt >= this.#idleMs;
    this.#timer = setTimeout(() => this.#socket.destroy(), this.#timeoutMs);
    this.#socket.write(asked.text);
    asked.onSent?.();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #end(outcome: Reply | Failure): void {
    clearTimeout(this.#timer);
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.done(outcome);
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const read = this.#asked ? readReply(this.#received) : 'invalid';
    if (read === undefined) return;
    if (read === 'invalid') {
      this.#end('invalid');
      this.#socket.destroy();
      return;
    }
    this.#received = this.#received.subarray(read.bytes);
    this.#repliedAt = performance.now();
    const goesOn = read.reply.fields.get('connection')?.toLowerCase() !== 'close';
    this.#end(read.reply);
    if (goesOn) this.#owner.idle();
    else this.#socket.end();
  }
}

interface Read {
  readonly reply: Reply;
  readonly bytes: number;
}

/** `undefined` while it is not whole. */
export function readReply(received: Buffer): Read | 'invalid' | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return received.length > 64 * 1024 ? 'invalid' : undefined;
  const [first = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (Number.isNaN(status)) return 'invalid';
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return 'invalid';
    fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const bodyAt = headEnd + 4;
  const length = fields.get('content-length');
  if (length === undefined) {
    if (fields.get('transfer-encoding') !== 'chunked') return 'invalid';
    return readChunks(received, bodyAt, { status, fields });
  }
  const end = bodyAt + Number(length);
  if (Number.isNaN(end)) return 'invalid';
  if (received.length < end) return undefined;
  return { reply: { status, fields, body: received.toString('utf8', bodyAt, end) }, bytes: end };
}

function readChunks(
  received: Buffer,
  bodyAt: number,
  head: Pick<Reply, 'status' | 'fields'>,
): Read | 'invalid' | undefined {
  const pieces: Buffer[] = [];
  let at = bodyAt;
  for (;;) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) return 'invalid';
    const end = lineEnd + 2 + size + 2;
    if (received.length < end) return undefined;
    if (received.toString('latin1', end - 2, end) !== '\r\n') return 'invalid';
    if (size === 0) return { reply: { ...head, body: Buffer.concat(pieces).toString() }, bytes: end };
    pieces.push(received.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = end;
  }
}
