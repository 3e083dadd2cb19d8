/** Asks a worker what an operator asks, through its own socket. The body comes as it flows: an answer may be a stream. */
import { type IncomingMessage, request } from 'node:http';
import type { Body, Flow, Sink } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';

export interface Question {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** To the first byte of the answer. */
const ANSWER_WITHIN_MS = 10_000;
/** What a worker says of its answer that is not the primary's to say. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'date',
  'x-request-id',
]);

/** Rejects with `upstream_unavailable` where the worker does not answer. */
export function askWorker(socketPath: string, question: Question): Promise<Answered> {
  const { method, url, headers, body } = question;
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const outgoing = request({
    socketPath,
    method,
    path: url,
    // Whoever may open the socket is an operator, as long as it is no page in a browser that asks.
    headers: { ...headers, host: 'localhost', ...(body ? { 'content-length': body.length } : {}) },
    timeout: ANSWER_WITHIN_MS,
    agent: false,
  });
  outgoing.once('timeout', () => {
    outgoing.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
  });
  outgoing.once('error', (error) => {
    reject(
      new FrontdeskError('upstream_unavailable', { detail: `a worker did not answer: ${error.message}` }),
    );
  });
  outgoing.once('response', (incoming) => {
    // A stream may be silent for as long as it likes.
    outgoing.setTimeout(0);
    const fields = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && !OWN_FIELDS.has(name) ? [[name, value]] : [],
    );
    const answered = { status: incoming.statusCode ?? 502, headers: Object.fromEntries(fields) };
    resolve({ ...answered, body: new IncomingBody(incoming) });
  });
  outgoing.end(body);
  return promise;
}

class IncomingBody implements Body {
  readonly replayable = false;
  readonly length: number | undefined;
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
    const length = incoming.headers['content-length'];
    this.length = length === undefined ? undefined : Number(length);
  }

  start(sink: Sink): Flow {
    const incoming = this.#incoming;
    let isOver = false;
    const over = (): boolean => {
      const was = isOver;
      isOver = true;
      return was;
    };
    incoming.on('data', (chunk: Buffer) => {
      if (!isOver && !sink.write(chunk)) incoming.pause();
    });
    incoming.once('end', () => over() || sink.end());
    incoming.once('error', (error) => over() || sink.fail(error));
    incoming.once('close', () => over() || sink.fail(new Error('the worker broke off')));
    return {
      resume: () => void incoming.resume(),
      cancel: () => {
        over();
        incoming.destroy();
      },
    };
  }

  discard(): void {
    this.#incoming.on('error', () => {});
    this.#incoming.destroy();
  }
}
