/** Errors as problem documents (RFC 9457), and the writing of an answer whose whole body is at hand. */
import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  /** Sent as JSON; none where undefined. */
  readonly body?: unknown;
  /** `application/json` unless said otherwise. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler to refuse a request. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  402: 'Payment Required',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export function problemAnswer(status: number, detail: string, headers: Answer['headers'] = {}): Answer {
  const title = TITLES[status] ?? `Status ${status}`;
  return {
    status,
    body: { type: 'about:blank', title, status, detail },
    contentType: 'application/problem+json',
    headers,
  };
}

/** Header fields are set, not flushed, so that a fault may still change them. */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  const body = answer.body === undefined ? undefined : Buffer.from(JSON.stringify(answer.body));
  response.statusCode = answer.status;
  for (const name in answer.headers) response.setHeader(name, answer.headers[name] ?? '');
  if (body) response.setHeader('content-type', answer.contentType ?? 'application/json');
  response.setHeader('content-length', body?.byteLength ?? 0);
  response.end(body);
}
