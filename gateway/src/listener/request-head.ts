/**
 * The head of a request, checked before anything else sees it (RFC 9112 §§3, 6; RFC 9110 §§5.3, 7.6.1): whatever
 * another server could read differently than we do is refused, and its connection closed, so that no request can
 * be smuggled through. Judged on `rawHeaders`: node's own `headers` drop and join duplicates silently.
 */
import type { IncomingMessage } from 'node:http';
import { type ErrorCode, FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { canonicalAuthority } from './host.ts';
import type { ListenConfig } from './listen-config.ts';
import { parseTarget } from './target.ts';

export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

const METHODS: ReadonlySet<string> = new Set(ALLOWED_METHODS.split(', '));
/** Fields that say how a message is framed, meant or paid for: a client may not have them dropped on the way. */
const NEVER_NOMINATED: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'authorization',
  'content-type',
]);
const MAX_CONNECTION_TOKENS = 100;

export type HeadLimits = Pick<ListenConfig['limits'], 'headerCount' | 'urlSize' | 'queryParams'>;

/** What the head says once it is found to be sound; `violation` where it is not, and then only `headers` hold. */
export class RequestHead {
  readonly headers: HeaderFields;
  host = '';
  path = '/';
  query = '';
  /** Body bytes as announced: 0 without a body, `undefined` for a chunked one and where there is no telling. */
  bodyLength: number | undefined = 0;
  /** Whether the client offers to go on in another protocol. */
  offersProtocol = false;
  violation: FrontdeskError | undefined;

  constructor(headers: HeaderFields) {
    this.headers = headers;
  }
}

/** Reads and checks a head. Never throws. */
export function readHead(request: IncomingMessage, limits: HeadLimits): RequestHead {
  const raw = request.rawHeaders;
  const flat = new Array<string>(raw.length);
  const head = new RequestHead(new HeaderFields(flat));
  try {
    const url = request.url ?? '';
    checkRequestLine(request, url, limits);
    if (raw.length > limits.headerCount * 2) throw refuse('headers_too_large', `${raw.length / 2} fields`);
    const fields = new FieldCheck();
    for (let i = 0; i < raw.length; i += 2) {
      const name = (raw[i] ?? '').toLowerCase();
      const value = raw[i + 1] ?? '';
      flat[i] = name;
      flat[i + 1] = value;
      fields.see(name, value);
    }
    const old = request.httpVersionMinor === 0;
    head.host = fields.authority(old);
    head.bodyLength = fields.bodyLength(request.method ?? '', old);
    head.offersProtocol = fields.offersProtocol;
    const target = parseTarget(url, head.host, limits.queryParams);
    head.path = target.path;
    head.query = target.query;
  } catch (error) {
    // Nothing of an unsound head is used but its fields, and these for the log alone.
    if (!(error instanceof FrontdeskError)) throw error;
    head.violation = error;
    head.bodyLength = undefined;
    for (let i = 0; i < raw.length; i += 2) {
      flat[i] = (raw[i] ?? '').toLowerCase();
      flat[i + 1] = raw[i + 1] ?? '';
    }
  }
  return head;
}

function refuse(code: ErrorCode, detail: string): FrontdeskError {
  return new FrontdeskError(code, { detail });
}

function checkRequestLine(request: IncomingMessage, url: string, limits: HeadLimits): void {
  if (request.httpVersionMajor !== 1) {
    const code = request.httpVersionMajor > 1 ? 'http_version_not_supported' : 'bad_request';
    throw refuse(code, `HTTP/${request.httpVersion}`);
  }
  if (url.length > limits.urlSize) throw refuse('uri_too_long', `${url.length} characters`);
  checkMethod(request.method ?? '');
}

/** @throws FrontdeskError `method_not_allowed`. */
export function checkMethod(method: string): void {
  if (METHODS.has(method)) return;
  throw new FrontdeskError('method_not_allowed', {
    detail: `method ${method}`,
    headers: [['allow', ALLOWED_METHODS]],
  });
}

/** One pass over the fields. Names are told apart by length first: most fields cost one comparison of numbers. */
export class FieldCheck {
  #host: string | undefined;
  #contentLength: string | undefined;
  #transferEncoding: string | undefined;
  #upgrade: string | undefined;
  #connectionTokens = 0;
  #authorization = false;
  #contentType = false;
  #apiKey = false;

  see(name: string, value: string): void {
    switch (name.length) {
      case 4:
        if (name === 'host') this.#host = once(name, this.#host, value);
        break;
      case 6:
        if (name === 'expect' && value.toLowerCase() !== '100-continue') {
          throw refuse('expectation_failed', 'expectation other than 100-continue');
        }
        break;
      case 7:
        if (name === 'upgrade') this.#upgrade = value;
        break;
      case 9:
        if (name === 'x-api-key') this.#apiKey = onlyOnce(name, this.#apiKey);
        break;
      case 10:
        if (name === 'connection') this.#connection(value);
        break;
      case 12:
        if (name === 'content-type') this.#contentType = onlyOnce(name, this.#contentType);
        break;
      case 13:
        if (name === 'authorization') this.#authorization = onlyOnce(name, this.#authorization);
        break;
      case 14:
        if (name === 'content-length') this.#contentLength = once(name, this.#contentLength, value);
        break;
      case 17:
        if (name === 'transfer-encoding') this.#transferEncoding = once(name, this.#transferEncoding, value);
        break;
    }
  }

  /** The canonical authority; HTTP/1.0 alone may do without one. */
  authority(isHttp10: boolean): string {
    if (this.#host === undefined) {
      if (isHttp10) return '';
      throw refuse('bad_request', 'no Host field');
    }
    const authority = canonicalAuthority(this.#host);
    if (authority === undefined) throw refuse('bad_request', 'Host is not a name or address with a port');
    return authority;
  }

  get offersProtocol(): boolean {
    return this.#upgrade !== undefined;
  }

  bodyLength(method: string, isHttp10: boolean): number | undefined {
    const coding = this.#transferEncoding;
    if (coding !== undefined) {
      if (isHttp10) throw refuse('bad_request', 'Transfer-Encoding in HTTP/1.0');
      // To the letter: what white space is left around it the parser takes for another coding, once the body comes.
      if (coding.toLowerCase() !== 'chunked') throw refuse('bad_request', 'Transfer-Encoding is not chunked');
      if (this.#contentLength !== undefined) {
        throw refuse('bad_request', 'Transfer-Encoding beside Content-Length');
      }
    }
    const length = coding === undefined ? Number(this.#contentLength ?? 0) : undefined;
    if (!(length === undefined || Number.isSafeInteger(length))) {
      throw refuse('bad_request', 'Content-Length is out of range');
    }
    if (length !== 0) {
      if (method === 'GET' || method === 'HEAD') throw refuse('bad_request', `${method} with a body`);
      // A body before the switch of protocols could become the first bytes of the tunnel. Clients that merely
      // offer HTTP/2 on every request, bodies included, are answered in HTTP/1.1.
      if (this.#upgrade !== undefined && this.#upgrade.trim().toLowerCase() !== 'h2c') {
        throw refuse('bad_request', 'Upgrade with a body');
      }
    }
    return length;
  }

  #connection(value: string): void {
    if (value === 'keep-alive' || value === 'close' || value === 'Keep-Alive') {
      this.#connectionTokens += 1;
    } else {
      for (const token of value.split(',')) {
        this.#connectionTokens += 1;
        if (NEVER_NOMINATED.has(token.trim().toLowerCase())) {
          throw refuse('bad_request', 'Connection names an end-to-end field');
        }
      }
    }
    if (this.#connectionTokens > MAX_CONNECTION_TOKENS) {
      throw refuse('bad_request', 'Connection names too many fields');
    }
  }
}

function once(name: string, seen: string | undefined, value: string): string {
  if (seen !== undefined) throw refuse('bad_request', `more than one ${name}`);
  return value;
}

function onlyOnce(name: string, seen: boolean): true {
  if (seen) throw refuse('bad_request', `more than one ${name}`);
  return true;
}
