/**
 * One HTTP request for a command, by `node:http`: no redirect is followed, nothing is decoded, and size and time
 * are bounded.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface TextRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

export interface TextReply {
  readonly status: number;
  readonly text: string;
}

const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** Rejects with an `Error` whose message says in plain words why there is no answer. */
export function requestText(url: string, options: TextRequest = {}): Promise<TextReply> {
  const { promise, resolve, reject } = Promise.withResolvers<TextReply>();
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const body = options.body ?? '';
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(url, {
    method: options.method ?? 'GET',
    headers: { ...options.headers, 'content-length': String(Buffer.byteLength(body)) },
  });
  const timer = setTimeout(() => {
    request.destroy(new Error(`${url} did not answer within ${timeoutMs / 1_000} s`));
  }, timeoutMs);
  const fail = (error: Error): void => {
    clearTimeout(timer);
    const code = 'code' in error ? error.code : undefined;
    reject(code === 'ECONNREFUSED' ? new Error(`nothing listens at ${url}`, { cause: error }) : error);
  };
  request.once('error', fail);
  request.once('response', (response: IncomingMessage) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) response.destroy(new Error(`${url} answered with more than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    response.once('error', fail);
    response.once('end', () => {
      clearTimeout(timer);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
  });
  request.end(body);
  return promise;
}
