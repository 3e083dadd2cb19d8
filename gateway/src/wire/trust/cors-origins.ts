/**
 * Which pages may read an answer: origins (RFC 6454 §6.2) as a configuration names them, and the test of one against them.
 * An origin is compared as the browser writes it, character for character; nothing of it is parsed leniently.
 */
import { z } from 'zod';

const EXPECTED = 'expected an origin such as https://app.example, https://*.example.com, null or *';
/** A scheme, `*.` or not, a host name or an IPv6 address, a port or not; no path, not even a slash. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(\*\.)?((?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ':80', https: ':443' };

/** An origin, one with `*.` before its host for all names below it, `null`, or `*` for every page. */
export const originPattern = z.string({ error: EXPECTED }).transform((text, context) => {
  const lower = text.toLowerCase();
  if (lower === '*' || lower === 'null') return lower;
  const [, scheme = '', wildcard, host = '', port = ''] = ORIGIN.exec(lower) ?? [];
  if (host !== '' && !(wildcard && isTooWide(host))) {
    // Browsers leave the port of the scheme out.
    return port === DEFAULT_PORTS[scheme] ? lower.slice(0, -port.length) : lower;
  }
  const why = host === '' ? '' : '; a * stands below a domain of two names at least';
  context.addIssue({ code: 'custom', message: `${EXPECTED}, not "${text}"${why}` });
  return z.NEVER;
});

/** `https://*.com` would be everybody. */
function isTooWide(host: string): boolean {
  return host.startsWith('[') || (!host.includes('.') && host !== 'localhost');
}

export type MatchesOrigin = (origin: string) => boolean;

export function compileOrigins(patterns: readonly string[]): MatchesOrigin {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const below = patterns
    .filter((pattern) => pattern.includes('*') && pattern !== '*')
    .map((pattern) => {
      const star = pattern.indexOf('*');
      return { start: pattern.slice(0, star), end: pattern.slice(star + 1) };
    });
  if (patterns.includes('*')) return () => true;
  return (origin) => exact.has(origin) || below.some(({ start, end }) => isBelow(origin, start, end));
}

/** Whether nothing but names of hosts, with dots between them, stands between `start` and `end`. */
function isBelow(origin: string, start: string, end: string): boolean {
  const last = origin.length - end.length;
  if (last <= start.length || !origin.startsWith(start) || !origin.endsWith(end)) return false;
  let wasDot = true;
  for (let i = start.length; i < last; i += 1) {
    const code = origin.charCodeAt(i);
    const isDot = code === 0x2e;
    if (isDot ? wasDot : !isNameCharacter(code)) return false;
    wasDot = isDot;
  }
  return !wasDot;
}

function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f;
}
