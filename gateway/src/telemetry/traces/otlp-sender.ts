/**
 * OTLP over HTTP (specification 1.x): one POST for a batch, the answer read within a bound, statuses that may be tried again
 * told from those that may not. The transport is our own, on `node:http`: it is held to one connection and one time limit
 * for the whole exchange, and reads nothing from the environment.
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../../core/clock.ts';
import type { FinishedSpan } from './span.ts';
import type { ExportResult, ExportSpans } from './span-queue.ts';

/** How spans become bytes, and an answer a number. */
export interface SpanCodec {
  readonly contentType: string;
  encode(spans: readonly FinishedSpan[]): Uint8Array;
  /** Spans that the answer says were refused. */
  rejected(answer: Uint8Array): number;
}

export interface OtlpSenderOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMs: number;
  readonly codec: SpanCodec;
  readonly clock: Clock;
}

export interface OtlpSender {
  readonly send: ExportSpans;
  close(): void;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** Specification, "Retryable Response Codes". */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const zipped = promisify(gzip);

export function otlpSender(options: OtlpSenderOptions): OtlpSender {
  const { codec, compression } = options;
  const url = new URL(options.url);
  const isSecure = url.protocol === 'https:';
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    maxSockets: 1,
    maxFreeSockets: 1,
  });
  const headers = {
    ...options.headers,
    'content-type': codec.contentType,
    'user-agent': 'frontdesk',
    ...(compression === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
  };
  const begin = isSecure ? httpsRequest : httpRequest;
  return {
    send: async (spans) => {
      try {
        const plain = codec.encode(spans);
        const body = compression === 'gzip' ? await zipped(plain) : plain;
        const length = { 'content-length': body.byteLength };
        const sent = { method: 'POST', agent, headers: { ...headers, ...length } };
        return await post(sent, body, (made) => begin(url, made), options);
      } catch (error) {
        return { kind: 'refused', reason: reasonOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

function post(
  sent: RequestOptions,
  body: Uint8Array,
  begin: (options: RequestOptions) => ReturnType<typeof httpRequest>,
  { clock, timeoutMs, codec }: OtlpSenderOptions,
): Promise<ExportResult> {
  const { promise, resolve } = Promise.withResolvers<ExportResult>();
  const later = (reason: string): void => resolve({ kind: 'later', reason, afterMs: undefined });
  const outgoing = begin(sent);
  const disarm = clock.after(timeoutMs, () => {
    later(`no answer in ${timeoutMs} ms`);
    outgoing.destroy();
  });
  outgoing.on('error', (error) => later(reasonOf(error)));
  outgoing.on('response', (answer) => {
    answer.on('error', (error) => later(reasonOf(error)));
    read(answer, (bytes) => resolve(resultOf(answer, bytes, codec)));
  });
  outgoing.end(body);
  return promise.finally(disarm);
}

/** The whole answer, or as much as is of interest. */
function read(answer: IncomingMessage, done: (bytes: Uint8Array) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  answer.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      done(new Uint8Array());
      answer.destroy();
    } else chunks.push(chunk);
  });
  answer.on('end', () => done(Buffer.concat(chunks)));
}

function resultOf(
  { statusCode = 0, headers }: IncomingMessage,
  bytes: Uint8Array,
  codec: SpanCodec,
): ExportResult {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'taken', rejected: codec.rejected(bytes) };
  const reason = `the collector answered with status ${statusCode}`;
  if (!RETRYABLE.has(statusCode)) return { kind: 'refused', reason };
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return { kind: 'later', reason, afterMs: seconds >= 0 ? seconds * 1_000 : undefined };
}

/** Names no address: what is configured may hold a host that is not for everybody. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
