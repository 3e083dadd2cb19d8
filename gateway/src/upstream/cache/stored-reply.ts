/** A reply as a cache keeps it: whole, with what decides whether it may be used again. */
import { createHash } from 'node:crypto';
import { WholeBody } from '../../core/body.ts';
import { HeaderFields } from '../../core/headers.ts';
import {
  type Freshness,
  type FreshnessRules,
  freshnessOf,
  type Timing,
} from '../../wire/http-cache/freshness.ts';
import {
  type Asker,
  type Audience,
  storable,
  storedFields,
  updatedFields,
} from '../../wire/http-cache/storing.ts';
import { cacheTags } from '../../wire/http-cache/tags.ts';
import { varyValue } from '../../wire/http-cache/vary.ts';

/** A request field that a reply depends on, and what it said; `null` where it was not there. */
export type Selector = readonly [name: string, value: string | null];

export interface StoredReply {
  readonly status: number;
  /** As the backend sent them, less what is never kept. Not to be handed out: see `served`. */
  readonly headers: HeaderFields;
  /** What clients get of them; to be cloned. */
  readonly served: HeaderFields;
  readonly body: WholeBody;
  readonly timing: Timing;
  readonly freshness: Freshness;
  readonly audience: Audience;
  readonly answersCredentials: boolean;
  readonly selectors: readonly Selector[];
  readonly tags: readonly string[];
}

/** Everything of it but its body: what is written beside the bytes. */
export type StoredHead = Omit<StoredReply, 'headers' | 'served' | 'body'> & {
  readonly fields: readonly string[];
};

/** Words for caches like this one, not for clients. */
const FOR_CACHES: ReadonlySet<string> = new Set(['surrogate-key', 'cache-tag', 'frontdesk-cache-control']);

/** Takes away what was said to this cache alone. */
export function hideCacheWords(headers: HeaderFields): void {
  headers.filter((name) => !FOR_CACHES.has(name));
}

/** What would be stored of this reply to a GET; `undefined` where nothing may be. `request`: the fields as sent. */
export function headToStore(
  status: number,
  headers: HeaderFields,
  request: HeaderFields,
  asker: Asker,
  timing: Timing,
  rules: FreshnessRules,
): StoredHead | undefined {
  const freshness = freshnessOf(status, headers, timing, rules);
  const verdict = storable(status, headers, freshness, asker);
  if (!verdict) return undefined;
  return {
    status,
    fields: storedFields(headers, freshness).flat,
    timing,
    freshness,
    audience: verdict.audience,
    answersCredentials: verdict.answersCredentials,
    selectors: verdict.vary.map((name): Selector => [name, selectorValue(name, request)]),
    tags: cacheTags(headers),
  };
}

export function withBody(head: StoredHead, bytes: Uint8Array): StoredReply {
  const { fields, ...rest } = head;
  const headers = new HeaderFields([...fields]);
  const served = headers.clone();
  hideCacheWords(served);
  if (head.status !== 204) served.set('content-length', String(bytes.length));
  return { ...rest, headers, served, body: new WholeBody(bytes) };
}

export interface Refreshed {
  readonly reply: StoredReply;
  /** Whether the new fields let it be kept. */
  readonly mayKeep: boolean;
}

/** The same bytes under the fields that a 304 or the reply to a HEAD brought (RFC 9111 §3.2). */
export function refreshed(
  stored: StoredReply,
  update: HeaderFields,
  request: HeaderFields,
  asker: Asker,
  timing: Timing,
  rules: FreshnessRules,
): Refreshed {
  const fields = updatedFields(stored.headers, update);
  // The age is that of the confirmation; it is not among the kept fields.
  const dated = fields.clone();
  const age = update.get('age');
  if (age !== undefined) dated.append('age', age);
  const { status, body } = stored;
  const head = headToStore(status, dated, request, asker, timing, rules);
  if (head) return { reply: withBody(head, body.bytes), mayKeep: true };
  const freshness = freshnessOf(status, dated, timing, rules);
  const changed = { ...stored, fields: fields.flat, timing, freshness };
  return { reply: withBody(changed, body.bytes), mayKeep: false };
}

/** Fields whose values are secrets: a digest tells them apart as well, and is all that is kept of them. */
const SECRETS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'dpop',
  'x-api-key',
]);

/** What a request says under a name that a reply varies by; `null` where it says nothing. */
export function selectorValue(name: string, request: HeaderFields): string | null {
  const value = varyValue(name, request);
  if (value === undefined) return null;
  return SECRETS.has(name) ? createHash('sha256').update(value).digest('base64') : value;
}

/** Whether it answers a request with these fields (RFC 9111 §4.1). */
export function selectedBy({ selectors }: Pick<StoredReply, 'selectors'>, request: HeaderFields): boolean {
  for (const [name, value] of selectors) if (selectorValue(name, request) !== value) return false;
  return true;
}

/** Whether whoever asks may be given it. Callers look in their own partition and in the one for everybody. */
export function isFor({ audience, answersCredentials }: StoredReply, asker: Asker): boolean {
  switch (asker) {
    case 'identity':
      return audience !== 'anonymous';
    case 'credentials':
      return answersCredentials;
    case 'anyone':
      return true;
  }
}

/** Bytes that it takes in memory, roughly. */
export function weightOf({ body, headers, selectors, tags }: StoredReply): number {
  let weight = body.length + 1_024;
  for (const text of headers.flat) weight += 2 * text.length;
  for (const [name, value] of selectors) weight += name.length + (value?.length ?? 0);
  for (const tag of tags) weight += tag.length;
  return weight;
}
