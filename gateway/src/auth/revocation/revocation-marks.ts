/**
 * What can be revoked, and how an identity is found by it. A mark says: credentials of this kind and id do not hold
 * until then; one with `before` means only tokens issued before that instant. A token's `iat` has whole seconds, so one
 * of the very second is revoked with those before it, and so is one that does not say when it was issued.
 */
import type { Identity } from '../../core/identity.ts';

/**
 * `jti`: one token. `subject`, `session` (`sid`), `client` (`client_id` or `azp`): tokens that name it. `consumer`: tokens
 * and API keys of an application. `key`: one API key, as `CONSUMER/KEY`.
 */
export const REVOCATION_KINDS = ['jti', 'subject', 'session', 'client', 'consumer', 'key'] as const;

export type RevocationKind = (typeof REVOCATION_KINDS)[number];

export interface Mark {
  /** Wall clock, ms: past it whatever is revoked has ended by itself. */
  readonly until: number;
  /** Wall clock, ms; `undefined` means all. */
  readonly before: number | undefined;
}

export interface Revocation extends Mark {
  readonly kind: RevocationKind;
  readonly id: string;
}

/** A subject of one issuer alone: no subject and no issuer holds a line feed. */
export function subjectOf(subject: string, issuer: string | undefined): string {
  return issuer === undefined ? subject : `${subject}\n${issuer}`;
}

export function keyOf(consumer: string, keyId: string): string {
  return `${consumer}/${keyId}`;
}

/** Under which kinds and ids an identity may be revoked. */
export function namesOf(identity: Identity): [kind: RevocationKind, id: string][] {
  const { claims, consumer, keyId } = identity;
  const names: [RevocationKind, string][] = [];
  if (typeof claims.jti === 'string') names.push(['jti', claims.jti]);
  if (keyId === undefined && identity.subject !== '') {
    names.push(['subject', identity.subject]);
    if (typeof claims.iss === 'string') names.push(['subject', subjectOf(identity.subject, claims.iss)]);
  }
  if (typeof claims.sid === 'string') names.push(['session', claims.sid]);
  const client = clientOf(claims);
  if (client !== undefined) names.push(['client', client]);
  if (consumer !== undefined) {
    names.push(['consumer', consumer]);
    if (keyId !== undefined) names.push(['key', keyOf(consumer, keyId)]);
  }
  return names;
}

export function clientOf(claims: Identity['claims']): string | undefined {
  if (typeof claims.client_id === 'string') return claims.client_id;
  return typeof claims.azp === 'string' ? claims.azp : undefined;
}

/** Whether a mark means this identity now. */
export function strikes(mark: Mark, { claims }: Identity, wall: number): boolean {
  if (mark.until <= wall) return false;
  if (mark.before === undefined || typeof claims.iat !== 'number') return true;
  return claims.iat * 1000 < mark.before;
}

/** Of two marks on one thing: the one that means more, for longer. */
export function joinMarks(first: Mark, second: Mark): Mark {
  const until = Math.max(first.until, second.until);
  if (first.before === undefined || second.before === undefined) return { until, before: undefined };
  return { until, before: Math.max(first.before, second.before) };
}

/** As one line of text between gateways. */
export function encodeRevocation({ kind, id, until, before }: Revocation): string {
  return JSON.stringify([kind, id, until, before ?? null]);
}

/** `undefined` for what is none. */
export function decodeRevocation(text: string): Revocation | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [kind, id, until, before]: unknown[] = parts;
  if (!isKind(kind) || typeof id !== 'string' || typeof until !== 'number') return undefined;
  if (before !== null && typeof before !== 'number') return undefined;
  return { kind, id, until, before: before ?? undefined };
}

export function isKind(text: unknown): text is RevocationKind {
  return REVOCATION_KINDS.some((kind) => kind === text);
}
