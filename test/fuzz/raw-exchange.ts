/** Bytes as they are, on a connection of their own, and what comes back. */
import { connect } from 'node:net';

export interface RawReply {
  readonly status: number;
  /** Status line and fields. */
  readonly head: string;
  readonly body: string;
}

export interface RawExchange {
  readonly text: string;
  /** Final replies, in order; interim ones are left out. */
  readonly replies: readonly RawReply[];
  /** Whether the server closed its side; otherwise it waited for more. */
  readonly closed: boolean;
}

export interface RawOptions {
  /** How long nothing must come before it counts as waiting. */
  readonly quietMs: number;
  /** Where the bytes are cut into packets: offsets in growing order. */
  readonly cuts?: readonly number[];
  /** Whether the request at an index is a HEAD, whose reply has no body. */
  readonly isHead?: (index: number) => boolean;
}

/** Never rejects: a reset is a close. `bytes`: one character each. */
export function exchangeRaw(port: number, bytes: string, options: RawOptions): Promise<RawExchange> {
  const { promise, resolve } = Promise.withResolvers<RawExchange>();
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.setNoDelay(true);
  const chunks: Buffer[] = [];
  let isDone = false;
  const finish = (closed: boolean): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(quiet);
    socket.destroy();
    const text = Buffer.concat(chunks).toString('latin1');
    resolve({ text, closed, replies: readReplies(text, options.isHead) });
  };
  let quiet = setTimeout(finish, options.quietMs, false);
  const stirred = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(finish, options.quietMs, false);
  };
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    stirred();
  });
  socket.on('end', () => finish(true));
  socket.on('close', () => finish(true));
  socket.on('error', () => finish(true));
  void writeCut(bytes, options.cuts ?? [], (part) => {
    if (!socket.destroyed) socket.write(Buffer.from(part, 'latin1'));
    stirred();
  });
  return promise;
}

/** One part a turn of the event loop, so that each is a packet of its own. */
async function writeCut(
  bytes: string,
  cuts: readonly number[],
  write: (part: string) => void,
): Promise<void> {
  let from = 0;
  for (const cut of cuts) {
    if (cut <= from || cut >= bytes.length) continue;
    write(bytes.slice(from, cut));
    from = cut;
    await new Promise((resolve) => setImmediate(resolve));
  }
  write(bytes.slice(from));
}

/** Replies as a client would find them; what does not parse ends the list as a reply with status 0. */
export function readReplies(text: string, isHead: (index: number) => boolean = () => false): RawReply[] {
  const replies: RawReply[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\r\n\r\n', at);
    const head = end < 0 ? text.slice(at) : text.slice(at, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${head} `)?.[1] ?? 0);
    if (end < 0 || status === 0) return [...replies, { status: 0, head, body: '' }];
    at = end + 4;
    if (status < 200) continue;
    const hasBody = status !== 204 && status !== 304 && !isHead(replies.length);
    const body = hasBody ? bodyOf(text, at, head) : { text: '', end: at };
    replies.push({ status, head, body: body.text });
    at = body.end;
  }
  return replies;
}

function bodyOf(text: string, from: number, head: string): { text: string; end: number } {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = from + Number(length);
    return { text: text.slice(from, end), end };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { text: text.slice(from), end: text.length };
  let body = '';
  let at = from;
  for (;;) {
    const line = /([0-9a-f]+)\r\n/iy;
    line.lastIndex = at;
    const size = line.exec(text)?.[1];
    if (size === undefined) return { text: body, end: text.length };
    at = line.lastIndex;
    const length = Number.parseInt(size, 16);
    body += text.slice(at, at + length);
    at += length + 2;
    if (length === 0) return { text: body, end: at };
  }
}
