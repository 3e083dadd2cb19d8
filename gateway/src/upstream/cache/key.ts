/**
 * Cache keys. Every part stands with its length before it, so that no two lists of parts give one text (SECURITY case
 * 149). The host by which a client came is part of the key, because backends are told of it (`X-Forwarded-Host`).
 */
import { createHash } from 'node:crypto';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import type { CacheKey } from './store.ts';

export function joined(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

export function cacheKey(path: string, { identity, host, client }: CallContext): CacheKey {
  const place = joined([path, client?.scheme ?? '', host ?? '']);
  return {
    uri: path,
    own: identity && place + identityText(identity),
    everybody: `${place}everybody`,
  };
}

/** Claims of one token among others of the same person, of which a backend makes nothing. */
const OF_THE_TOKEN: ReadonlySet<string> = new Set(['iat', 'exp', 'nbf', 'jti']);

/** An identity is verified once for many requests. */
const known = new WeakMap<Identity, string>();

/** Two identities of which backends may be told different things have different texts. */
export function identityText(identity: Identity): string {
  let text = known.get(identity);
  if (text === undefined) {
    text = joined(['identity', ...identityParts(identity)]);
    known.set(identity, text);
  }
  return text;
}

/**
 * All that a backend may be told of an identity, claims included (header rules can send each of them): whoever differs
 * in any of it is somebody else. So is whoever proved something else beside it: backends may be told of that by the token
 * that proved it, or by one that was had in exchange.
 */
function identityParts({
  scheme,
  subject,
  consumer,
  tenant,
  plan,
  roles,
  scopes,
  claims,
  also = [],
}: Identity): string[] {
  const told = Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name));
  return [
    scheme,
    subject,
    consumer ?? '',
    consumer === undefined ? 'no' : 'yes',
    tenant ?? '',
    tenant === undefined ? 'no' : 'yes',
    plan ?? '',
    joined([...roles].sort()),
    joined([...scopes].sort()),
    told.length === 0 ? '' : digestOf(told.sort(([a], [b]) => (a < b ? -1 : 1))),
    joined(also.map(identityText)),
  ];
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

const PERCENT = 0x25;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const QUESTION = 0x3f;

/**
 * Whether a path reads the same to everybody on the way. Backends differ in what they make of parameters after `;` and
 * of encoded control characters and slashes: a cache that sees another resource than its backend can be made to keep
 * one person's page under a harmless name (SECURITY case 147).
 */
export function isPlainPath(path: string): boolean {
  for (let i = 0; i < path.length; i += 1) {
    const code = path.charCodeAt(i);
    if (code === QUESTION) return true;
    if (code === SEMICOLON || code === BACKSLASH) return false;
    if (code === PERCENT && isDubious(path.slice(i + 1, i + 3).toLowerCase())) return false;
  }
  return true;
}

function isDubious(hex: string): boolean {
  return (
    hex < '20' || hex === '7f' || hex === '2f' || hex === '5c' || hex === '3b' || hex === '3f' || hex === '23'
  );
}
