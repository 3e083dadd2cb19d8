/** Conditional requests (RFC 9111 §4.3, RFC 9110 §13): asking whether a stored reply still holds, and answering. */
import type { HeaderFields } from '../../core/headers.ts';
import { parseHttpDate } from './http-date.ts';

/** Fields of a request that make it conditional or partial: a cache's own question must not carry a client's. */
export const CONDITIONAL_FIELDS: readonly string[] = [
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
];

/** Adds the question whether `stored` still holds (§4.3.1); false where there is nothing to ask by. */
export function askWhetherChanged(request: HeaderFields, stored: HeaderFields): boolean {
  const etag = stored.get('etag');
  const modified = stored.get('last-modified');
  if (etag !== undefined) request.append('if-none-match', etag);
  if (modified !== undefined) request.append('if-modified-since', modified);
  return etag !== undefined || modified !== undefined;
}

/** Whether a client that asked so has this reply already (§4.3.2): it is answered 304. */
export function isUnchanged(request: HeaderFields, stored: HeaderFields, nowMs: number): boolean {
  const tags = request.get('if-none-match');
  // Where it is there, the date does not count (RFC 9110 §13.1.3).
  if (tags !== undefined) return matchesAny(request.getAll('if-none-match').join(','), stored.get('etag'));
  const since = request.get('if-modified-since');
  if (since === undefined) return false;
  const then = parseHttpDate(since, nowMs);
  if (then === undefined) return false;
  const known = stored.get('last-modified') ?? stored.get('date');
  const modified = known === undefined ? undefined : parseHttpDate(known, nowMs);
  if (modified === undefined) return false;
  return modified <= then;
}

const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;

/** Weak comparison (RFC 9110 §8.8.3.2) with each of a list. */
function matchesAny(list: string, etag: string | undefined): boolean {
  if (list.trim() === '*') return true;
  if (etag === undefined) return false;
  const opaque = opaqueTag(etag.trim());
  for (const [tag] of list.matchAll(ENTITY_TAG)) if (opaqueTag(tag) === opaque) return true;
  return false;
}

function opaqueTag(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}

/** Whether a range may be cut from this reply, as far as `If-Range` says (RFC 9110 §13.1.5, strong comparison). */
export function rangeHolds(request: HeaderFields, stored: HeaderFields): boolean {
  const condition = request.get('if-range')?.trim();
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return condition === stored.get('etag')?.trim();
  return !condition.startsWith('W/') && condition === stored.get('last-modified')?.trim();
}

/**
 * Whether a 304 speaks of the reply that is stored (§4.3.4): a strong validator of another name means that it speaks
 * of something else.
 */
export function confirms(notModified: HeaderFields, stored: HeaderFields): boolean {
  const etag = notModified.get('etag');
  if (etag === undefined || etag.startsWith('W/')) return true;
  const known = stored.get('etag');
  return known === undefined || opaqueTag(known) === opaqueTag(etag);
}

/** Whether the reply to a HEAD can belong to the stored body (§4.3.5). */
export function describesSame(head: HeaderFields, stored: HeaderFields, storedBytes: number): boolean {
  const length = head.get('content-length');
  if (length !== undefined && Number(length) !== storedBytes) return false;
  return ['etag', 'last-modified'].every((name) => {
    const value = head.get(name);
    return value === undefined || value === stored.get(name);
  });
}

/** Fields that a 304 leaves out: they describe a body that does not come (RFC 9110 §15.4.5). */
const OF_A_BODY: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'content-encoding',
  'content-language',
  'content-range',
]);

export function notModifiedFields(stored: HeaderFields): HeaderFields {
  const fields = stored.clone();
  fields.filter((name) => !OF_A_BODY.has(name));
  return fields;
}
