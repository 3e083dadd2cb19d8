/** Which stored URIs an unsafe request makes invalid (RFC 9111 §4.4). */
import type { HeaderFields } from '../../core/headers.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';

/** Where the upstream is, to tell its own addresses from others'. */
export interface Origins {
  /** `host:port` or `host` by which the upstream or its clients know it; lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Base paths of its endpoints: what is sent has them in front, keys do not. */
  readonly basePaths: readonly string[];
}

/** Methods that change nothing (RFC 9110 §9.2.1, and QUERY). */
export function isSafe(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'TRACE':
    case 'QUERY':
      return true;
    default:
      return false;
  }
}

/** The URIs (path and query, as keys have them) that are no longer what they were; none after an error. */
export function invalidated(
  path: string,
  host: string | undefined,
  { status, headers }: Pick<UpstreamReply, 'status' | 'headers'>,
  origins: Origins,
): string[] {
  if (status < 200 || status >= 400) return [];
  const uris = new Set([path]);
  for (const name of ['location', 'content-location']) {
    const uri = sameOrigin(headers, name, path, host, origins);
    if (uri !== undefined) uris.add(uri);
  }
  return [...uris];
}

/** The key's path of a `Location` or `Content-Location`; `undefined` where it is of another origin. */
export function sameOrigin(
  headers: HeaderFields,
  name: string,
  path: string,
  host: string | undefined,
  { hosts, basePaths }: Origins,
): string | undefined {
  const value = headers.get(name);
  const base = `http://same.invalid${path}`;
  if (value === undefined || !URL.canParse(value, base)) return undefined;
  const url = new URL(value, base);
  if (url.host !== 'same.invalid' && url.host !== host?.toLowerCase() && !hosts.has(url.host))
    return undefined;
  const uri = url.pathname + url.search;
  for (const prefix of basePaths) {
    if (prefix !== '' && uri.startsWith(`${prefix}/`)) return uri.slice(prefix.length);
  }
  return uri;
}

export function originsOf(urls: readonly string[]): Origins {
  const hosts = new Set<string>();
  const basePaths = new Set<string>();
  for (const text of urls) {
    if (!URL.canParse(text)) continue;
    const { host, pathname } = new URL(text);
    hosts.add(host);
    basePaths.add(pathname.replace(/\/$/, ''));
  }
  return { hosts, basePaths: [...basePaths] };
}
