/**
 * Whether the `htu` of a proof names the URL of a request: scheme, host and path as the client sees them, without query and
 * fragment (RFC 9449 §4.3), each in one spelling (RFC 3986 §6.2.2, §6.2.3). What has no such spelling names nothing.
 */
import { canonicalPath } from '../../core/path.ts';
import type { Presented } from '../scheme.ts';

type Target = Pick<Presented, 'host' | 'path' | 'client'>;

export function namesTarget(htu: string, { client, host, path }: Target): boolean {
  if (host === '') return false;
  const schemeEnd = htu.indexOf('://');
  if (schemeEnd < 0 || schemeOf(htu.slice(0, schemeEnd)) !== client.scheme) return false;
  const start = schemeEnd + 3;
  const end = firstOf(htu, start, '/?#');
  if (bareAuthority(htu.slice(start, end), client.scheme) !== bareAuthority(host, client.scheme))
    return false;
  const written = htu.slice(end, firstOf(htu, end, '?#'));
  if (written === path) return true;
  try {
    return canonicalPath(written === '' ? '/' : written) === path;
  } catch {
    return false;
  }
}

/** A WebSocket's handshake is a request for the http URL (RFC 6455 §3), whatever its client calls it. */
function schemeOf(text: string): string {
  const scheme = text.toLowerCase();
  if (scheme === 'wss') return 'https';
  return scheme === 'ws' ? 'http' : scheme;
}

/** In lower case, without the default port and the dot that ends a full name. */
function bareAuthority(authority: string, scheme: string): string {
  let bare = authority.toLowerCase();
  const port = scheme === 'https' ? ':443' : ':80';
  if (bare.endsWith(port)) bare = bare.slice(0, -port.length);
  const colon = bare.endsWith(']') ? -1 : bare.lastIndexOf(':');
  const nameEnd = colon < 0 ? bare.length : colon;
  return bare[nameEnd - 1] === '.' ? bare.slice(0, nameEnd - 1) + bare.slice(nameEnd) : bare;
}

function firstOf(text: string, from: number, marks: string): number {
  for (let i = from; i < text.length; i += 1) if (marks.includes(text[i] ?? '')) return i;
  return text.length;
}
