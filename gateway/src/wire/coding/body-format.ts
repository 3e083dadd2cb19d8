/** What a body can be read as, by its content type, and what no longer holds of it once it has been changed. */
import type { HeaderFields } from '../../core/headers.ts';

export type BodyFormat = 'json' | 'xml';

/** `application/json`, `application/hal+json`; `application/xml`, `text/xml`, `application/atom+xml`. */
export function formatOf(contentType: string | undefined): BodyFormat | undefined {
  if (contentType === undefined) return undefined;
  if (contentType === 'application/json') return 'json';
  const end = contentType.indexOf(';');
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  if (type === 'application/json' || type === 'text/json' || type.endsWith('+json')) return 'json';
  return type === 'application/xml' || type === 'text/xml' || type.endsWith('+xml') ? 'xml' : undefined;
}

export function charsetOf(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
}

/** Whether the bytes are of a coding that must be undone before they can be read. */
export function isEncoded(headers: HeaderFields): boolean {
  const coding = headers.get('content-encoding');
  return coding !== undefined && coding !== '' && coding.toLowerCase() !== 'identity';
}

/** Fields that speak of the very bytes (RFC 9110 §8.6, §14; RFC 9530). */
const OF_THE_BYTES: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
  'content-range',
]);

/** The bytes are others now. A strong validator becomes a weak one (RFC 9110 §8.8.1): the meaning is still the same. */
export function forgetBytes(headers: HeaderFields): void {
  headers.filter((name) => !OF_THE_BYTES.has(name));
  const etag = headers.get('etag');
  if (etag?.startsWith('"')) headers.set('etag', `W/${etag}`);
}

/** What must not be asked for when a reply is to be read: codings and parts (RFC 9110 §12.5.3, §14.2). */
export function askReadable(headers: HeaderFields): void {
  headers.delete('accept-encoding');
  headers.delete('range');
  headers.delete('if-range');
}
