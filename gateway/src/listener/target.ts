/**
 * The request target (RFC 9112 §3.2) taken apart: origin-form, or absolute-form that agrees with `Host`, which
 * becomes origin-form. Whatever else a client writes there is refused.
 */
import { FrontdeskError } from '../core/errors.ts';
import { canonicalPath } from '../core/path.ts';
import { canonicalAuthority, sameAuthority } from './host.ts';

const SLASH = 0x2f;
const QUESTION = 0x3f;
const AMPERSAND = 0x26;
const HASH = 0x23;

export interface Target {
  readonly path: string;
  /** Without its `?`; empty where there is none. */
  readonly query: string;
}

/**
 * @param host the canonical authority of the `Host` field; empty where an HTTP/1.0 client sent none.
 * @throws FrontdeskError `bad_request`.
 */
export function parseTarget(target: string, host: string, maxQueryParams: number): Target {
  if (target.charCodeAt(0) === SLASH) return split(target, maxQueryParams);
  return split(originForm(target, host), maxQueryParams);
}

function split(target: string, maxQueryParams: number): Target {
  const question = target.indexOf('?');
  if (question < 0) return { path: canonicalPath(target), query: '' };
  checkQuery(target, question + 1, maxQueryParams);
  return { path: canonicalPath(target.slice(0, question)), query: target.slice(question + 1) };
}

/** The query goes on as it came; only what no query may hold is refused, and too many parameters. */
function checkQuery(target: string, from: number, maxParams: number): void {
  let params = 1;
  for (let i = from; i < target.length; i += 1) {
    const code = target.charCodeAt(i);
    if (code === AMPERSAND) params += 1;
    else if (code === HASH || code <= 0x20 || code >= 0x7f) {
      throw new FrontdeskError('bad_request', { detail: `query holds the character ${code}` });
    }
  }
  if (params > maxParams) throw new FrontdeskError('bad_request', { detail: `${params} query parameters` });
}

function originForm(target: string, host: string): string {
  const scheme = schemeOf(target);
  if (!scheme) {
    throw new FrontdeskError('bad_request', { detail: 'request target is neither a path nor an http URL' });
  }
  const start = scheme.length + 3;
  let end = start;
  while (end < target.length) {
    const code = target.charCodeAt(end);
    if (code === SLASH || code === QUESTION || code === HASH) break;
    end += 1;
  }
  const authority = canonicalAuthority(target.slice(start, end));
  if (authority === undefined || !sameAuthority(authority, host, scheme)) {
    throw new FrontdeskError('bad_request', { detail: 'request target and Host disagree' });
  }
  const rest = target.slice(end);
  return rest.charCodeAt(0) === SLASH ? rest : `/${rest}`;
}

function schemeOf(target: string): 'http' | 'https' | undefined {
  const start = target.slice(0, 8).toLowerCase();
  if (start.startsWith('http://')) return 'http';
  return start === 'https://' ? 'https' : undefined;
}
