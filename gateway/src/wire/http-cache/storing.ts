/**
 * Whether a reply may be stored, for whom, and what of it (RFC 9111 §3). Stricter than the RFC in what could tell one
 * caller another's secrets: a reply with a cookie is never stored, nor one that was made for a proved identity for
 * anybody else unless it says `public`.
 */
import type { HeaderFields } from '../../core/headers.ts';
import { isHopByHop } from '../hop-by-hop.ts';
import { type Freshness, isHeuristicStatus } from './freshness.ts';
import { varyNames } from './vary.ts';

/** Who asked: somebody the gateway knows, somebody with credentials of their own, or nobody in particular. */
export type Asker = 'identity' | 'credentials' | 'anyone';

/** For whom a stored reply is: for everybody; for who shows no credentials; for the one identity that asked. */
export type Audience = 'everybody' | 'anonymous' | 'identity';

export interface Storable {
  readonly audience: Audience;
  /** Whether §3.5 lets it answer requests with credentials of their own. */
  readonly answersCredentials: boolean;
  /** Names of the request fields that it depends on. */
  readonly vary: readonly string[];
}

/** Statuses whose meaning for caches is known here: `must-understand` asks (§5.2.2.3). */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 421, 451, 500, 501, 502,
  503, 504,
]);

/** Never stored: parts, answers to conditions, and what is not final. */
function isWhole(status: number): boolean {
  return status >= 200 && status !== 206 && status !== 304;
}

/** How a reply to a GET may be stored; `undefined` where it must not be. */
export function storable(
  status: number,
  headers: HeaderFields,
  freshness: Freshness,
  asker: Asker,
): Storable | undefined {
  const { directives } = freshness;
  if (!isWhole(status) || headers.has('set-cookie')) return undefined;
  if (directives.mustUnderstand ? !UNDERSTOOD.has(status) : directives.noStore) return undefined;
  if (directives.private === true) return undefined;
  if (!isMeant(status, freshness) || !isUseful(headers, freshness)) return undefined;
  const vary = varyNames(headers);
  if (!vary) return undefined;
  const answersCredentials =
    directives.public || directives.mustRevalidate || directives.sMaxage !== undefined;
  if (asker === 'credentials' && !answersCredentials) return undefined;
  return { audience: audienceOf(directives.public, asker), answersCredentials, vary };
}

function audienceOf(isPublic: boolean, asker: Asker): Audience {
  if (isPublic) return 'everybody';
  return asker === 'identity' ? 'identity' : 'anonymous';
}

/** The last condition of §3: the reply says that it may be stored, or its status alone does. */
function isMeant(status: number, { explicit, directives }: Freshness): boolean {
  return explicit || directives.public || isHeuristicStatus(status);
}

/** Fresh for a while, or something to ask about later. */
function isUseful(headers: HeaderFields, freshness: Freshness): boolean {
  if (freshness.lifetimeS > 0 || headers.has('etag') || headers.has('last-modified')) return true;
  return freshness.staleWhileRevalidateS > 0 || freshness.staleIfErrorS > 0;
}

/** Fields about a connection to a proxy (§3.1), and what is said anew with each answer. */
const NOT_STORED: ReadonlySet<string> = new Set([
  'age',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
]);

/** The fields that are kept (§3.1): without those of one connection and those that the reply keeps from caches. */
export function storedFields(headers: HeaderFields, { directives }: Freshness): HeaderFields {
  const withheld = new Set<string>();
  for (const names of [directives.private, directives.noCache]) {
    if (typeof names !== 'boolean') for (const name of names) withheld.add(name);
  }
  const stored = headers.clone();
  stored.filter((name) => !NOT_STORED.has(name) && !isHopByHop(name) && !withheld.has(name));
  return stored;
}

/** What describes the stored bytes: a 304 must not change it (§3.2). */
const OF_THE_BYTES: ReadonlySet<string> = new Set([
  'content-length',
  'content-encoding',
  'content-range',
  'content-md5',
  'digest',
  'content-digest',
]);

/** Stored fields after a 304 or the reply to a HEAD (§3.2, §4.3.4): each name that it has replaces that name. */
export function updatedFields(stored: HeaderFields, update: HeaderFields): HeaderFields {
  const replaced = new Set<string>();
  const flat: string[] = [];
  for (const [name, value] of update) {
    if (OF_THE_BYTES.has(name) || NOT_STORED.has(name) || isHopByHop(name) || name === 'set-cookie') continue;
    replaced.add(name);
    flat.push(name, value);
  }
  const result = stored.clone();
  result.filter((name) => !replaced.has(name));
  for (let i = 0; i < flat.length; i += 2) result.append(flat[i] ?? '', flat[i + 1] ?? '');
  // §4.2.3 counts from the confirmation: its own Date, or none.
  if (!replaced.has('date')) result.delete('date');
  return result;
}
