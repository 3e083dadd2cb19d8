/** Makes the answer to a request out of a stored reply (RFC 9111 §4, RFC 9110 §13 and §14). */
import { type Body, emptyBody, WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import type { Outcome } from '../../core/settlement.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { byteRange } from '../../wire/http-cache/byte-range.ts';
import { isUnchanged, notModifiedFields, rangeHolds } from '../../wire/http-cache/validation.ts';
import type { StoredReply } from './stored-reply.ts';

/** Fields of the client's own conditions and ranges, as they came: the call's own may be the cache's question. */
export interface Asked {
  readonly method: string;
  readonly headers: HeaderFields;
}

const NOTHING_READ: Promise<Outcome> = Promise.resolve({ kind: 'complete', bytes: 0 });

/** `ageS` and what `Cache-Status` says are added here; nothing of `stored` is handed out. */
export function answerFrom(
  stored: StoredReply,
  { method, headers: request }: Asked,
  ageS: number,
  nowMs: number,
  status: string | undefined,
): UpstreamReply {
  if (stored.status === 200 && isUnchanged(request, stored.headers, nowMs)) {
    return reply(304, finish(notModifiedFields(stored.served), ageS, status), emptyBody);
  }
  if (stored.status === 200 && method === 'GET' && request.has('range')) {
    const part = partOf(stored, request);
    if (part) return reply(part.status, finish(part.headers, ageS, status), part.body);
  }
  const headers = finish(stored.served.clone(), ageS, status);
  return reply(stored.status, headers, method === 'HEAD' ? emptyBody : stored.body);
}

function finish(headers: HeaderFields, ageS: number, status: string | undefined): HeaderFields {
  headers.append('age', String(Math.trunc(ageS)));
  if (status !== undefined) headers.append('cache-status', status);
  return headers;
}

function reply(status: number, headers: HeaderFields, body: Body): UpstreamReply {
  return { status, headers, body, settled: NOTHING_READ };
}

function partOf(
  stored: StoredReply,
  request: HeaderFields,
): { status: number; headers: HeaderFields; body: Body } | undefined {
  if (!rangeHolds(request, stored.headers)) return undefined;
  const size = stored.body.length;
  const range = byteRange(request.get('range') ?? '', size);
  if (range === undefined) return undefined;
  const headers = stored.served.clone();
  if (range === 'unsatisfiable') {
    headers.set('content-range', `bytes */${size}`);
    headers.set('content-length', '0');
    return { status: 416, headers, body: emptyBody };
  }
  const bytes = stored.body.bytes.subarray(range.first, range.last + 1);
  headers.set('content-range', `bytes ${range.first}-${range.last}/${size}`);
  headers.set('content-length', String(bytes.length));
  return { status: 206, headers, body: new WholeBody(bytes) };
}

/** `only-if-cached`, and nothing that could be used (§5.2.1.7). */
export function notCached(status: string | undefined): UpstreamReply {
  const headers = new HeaderFields(['content-length', '0', 'cache-control', 'no-store']);
  if (status !== undefined) headers.append('cache-status', status);
  return reply(504, headers, emptyBody);
}
