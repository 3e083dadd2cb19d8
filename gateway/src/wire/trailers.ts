/**
 * Trailer fields (RFC 9110 §6.5): what comes after a body. A field that frames, routes, authorises or interprets a
 * message means nothing there but to a receiver that is to be fooled, and is dropped (§6.5.1).
 */
import { validateHeaderValue } from 'node:http';
import { HeaderFields } from '../core/headers.ts';
import { isHopByHop } from './hop-by-hop.ts';

const NEVER_TRAILERS: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'host',
  'location',
  'max-forwards',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'www-authenticate',
]);

/** The fields of a message's trailer section that may go on; `undefined` where there are none. Names are lowered. */
export function trailerFields(
  raw: readonly string[],
  isWithheld?: (name: string) => boolean,
): HeaderFields | undefined {
  const flat: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    if (name === '' || name.startsWith(':') || isHopByHop(name) || NEVER_TRAILERS.has(name)) continue;
    if (isWithheld?.(name)) continue;
    flat.push(name, raw[i + 1] ?? '');
  }
  return flat.length === 0 ? undefined : new HeaderFields(flat);
}

/**
 * Fields as node's HTTP/2 takes them: a list where a name comes more than once. Throws for a value that is none: node's
 * HTTP/2 would write the low byte of each of its characters, a line's end among them (U+010A).
 */
export function fieldRecord(trailers: HeaderFields | undefined): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = Object.create(null);
  if (!trailers) return record;
  for (const [name, value] of trailers) {
    validateHeaderValue(name, value);
    const given = record[name];
    record[name] = given === undefined ? value : Array.isArray(given) ? [...given, value] : [given, value];
  }
  return record;
}
