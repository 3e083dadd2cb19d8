/**
 * The head of an HTTP/2 request, checked before anything else sees it (RFC 9113 §8.3), to the same rules as one of
 * HTTP/1.1. nghttp2 has refused what breaks the protocol by then: pseudo fields twice or late, connection-level fields,
 * `te` other than trailers, lengths that do not fit.
 */
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { canonicalAuthority, sameAuthority } from './host.ts';
import type { ListenConfig } from './listen-config.ts';
import { checkMethod, FieldCheck, type HeadLimits, RequestHead } from './request-head.ts';
import { parseTarget } from './target.ts';

export type StreamLimits = HeadLimits & Pick<ListenConfig['limits'], 'headerSize'>;

/** What the pseudo fields said, as it came. */
export interface StreamHead {
  readonly head: RequestHead;
  readonly method: string;
  readonly target: string;
}

/** `: ` and the end of a line, as HTTP/1.1 would write a field. */
const SEPARATOR_BYTES = 4;

/** Reads and checks a head. Never throws. `endsHere`: no body follows. */
export function readStreamHead(raw: readonly string[], endsHere: boolean, limits: StreamLimits): StreamHead {
  const flat: string[] = [];
  const head = new RequestHead(new HeaderFields(flat));
  const pseudo = { method: '', path: '', scheme: '', authority: '' };
  const cookies: string[] = [];
  let count = 0;
  let bytes = 0;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    bytes += name.length + value.length + SEPARATOR_BYTES;
    if (name === ':method') pseudo.method = value;
    else if (name === ':path') pseudo.path = value;
    else if (name === ':scheme') pseudo.scheme = value;
    else if (name === ':authority') pseudo.authority = value;
    else if (!name.startsWith(':')) {
      count += 1;
      // A cookie may come in pieces (§8.2.3); whoever reads it expects one.
      if (name === 'cookie') cookies.push(value);
      else flat.push(name, value);
    }
  }
  if (cookies.length > 0) flat.push('cookie', cookies.join('; '));
  try {
    if (bytes > limits.headerSize)
      throw new FrontdeskError('headers_too_large', { detail: `${bytes} bytes` });
    if (count > limits.headerCount)
      throw new FrontdeskError('headers_too_large', { detail: `${count} fields` });
    check(head, pseudo, endsHere, limits);
  } catch (error) {
    // Nothing of an unsound head is used but its fields, and these for the log alone.
    if (!(error instanceof FrontdeskError)) throw error;
    head.violation = error;
    head.bodyLength = endsHere ? 0 : undefined;
  }
  return { head, method: pseudo.method, target: pseudo.path };
}

function check(
  head: RequestHead,
  { method, path, scheme, authority }: Record<'method' | 'path' | 'scheme' | 'authority', string>,
  endsHere: boolean,
  limits: StreamLimits,
): void {
  checkMethod(method);
  if (path.length > limits.urlSize)
    throw new FrontdeskError('uri_too_long', { detail: `${path.length} characters` });
  if (scheme !== 'https') throw new FrontdeskError('bad_request', { detail: 'the scheme is not https' });
  const { headers } = head;
  const fields = new FieldCheck();
  for (const [name, value] of headers) fields.see(name, value);
  head.host = hostOf(headers, authority);
  // Absolute targets have no place here: what looks like one is a path that does not begin with a slash.
  if (!path.startsWith('/')) throw new FrontdeskError('bad_request', { detail: ':path is no path' });
  head.bodyLength = endsHere ? 0 : lengthOf(headers);
  if (head.bodyLength !== 0 && (method === 'GET' || method === 'HEAD')) {
    throw new FrontdeskError('bad_request', { detail: `${method} with a body` });
  }
  const target = parseTarget(path, head.host, limits.queryParams);
  head.path = target.path;
  head.query = target.query;
}

/** The one authority: `:authority` and `Host` may not disagree. Leaves it as `host`, where an HTTP/1.1 request has it. */
function hostOf(headers: HeaderFields, authority: string): string {
  const stated = headers.get('host');
  const host = canonicalAuthority(authority === '' ? (stated ?? '') : authority);
  if (host === undefined)
    throw new FrontdeskError('bad_request', { detail: 'no authority, or none that is one' });
  const other = stated === undefined ? host : canonicalAuthority(stated);
  if (other === undefined || !sameAuthority(host, other, 'https')) {
    throw new FrontdeskError('bad_request', { detail: ':authority and Host disagree' });
  }
  if (stated === undefined) headers.append('host', authority);
  return host;
}

function lengthOf(headers: HeaderFields): number | undefined {
  const stated = headers.get('content-length');
  if (stated === undefined) return undefined;
  const length = Number(stated);
  if (!Number.isSafeInteger(length))
    throw new FrontdeskError('bad_request', { detail: 'Content-Length is out of range' });
  return length;
}
