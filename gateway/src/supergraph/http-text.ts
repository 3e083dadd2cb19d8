/**
 * One HTTP request for a command or a source of supergraphs, by `node:http`: no redirect is followed, nothing is
 * decoded, and size and time are bounded.
 */
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
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
  readonly headers: IncomingHttpHeaders;
}

const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;

/** Rejects with an `Error` that says in plain words why there is no answer; never with the URL's query, which may be secret. */
export function requestText(url: string, options: TextRequest = {}): Promise<TextReply> {
  const { promise, resolve, reject } = Promise.withResolvers<TextReply>();
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const body = options.body ?? '';
  const [shown] = url.split('?', 1);
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(url, {
    method: options.method ?? 'GET',
    headers: { ...options.headers, 'content-length': String(Buffer.byteLength(body)) },
  });
  const timer = setTimeout(() => {
    const late = new Error(`${shown} did not answer within ${timeoutMs / 1_000} s`);
    // First: where the answer has begun, its end would tell of an abort only.
    reject(late);
    request.destroy(late);
  }, timeoutMs);
  const fail = (error: Error): void => {
    clearTimeout(timer);
    const code = 'code' in error ? error.code : undefined;
    reject(code === 'ECONNREFUSED' ? new Error(`nothing listens at ${shown}`, { cause: error }) : error);
  };
  request.once('error', fail);
  request.once('response', (response: IncomingMessage) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) response.destroy(new Error(`${shown} answered with more than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    response.once('error', fail);
    response.once('end', () => {
      clearTimeout(timer);
      const { statusCode = 0, headers } = response;
      resolve({ status: statusCode, text: Buffer.concat(chunks).toString(), headers });
    });
  });
  request.end(body);
  return promise;
}
