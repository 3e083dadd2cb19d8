/**
 * Claims of a verified token → identity. Only what can safely travel in a header becomes part of it: a subject with
 * control characters is no subject, and a role or scope that could pose as two is dropped.
 */
import { z } from 'zod';
import type { Identity } from '../../core/identity.ts';
import type { ConsumerIndex } from '../consumers/consumers.ts';
import { invalidCredentials } from '../refusal.ts';
import type { SchemeName } from '../route-auth.ts';

const MAX_SUBJECT_CHARS = 256;
const MAX_GRANTS = 500;

const claimName = z.string().min(1).max(256);

export const claimsConfig = z
  .strictObject({
    roles: claimName
      .default('roles')
      .describe('Claim with the roles: a list, or text with spaces or commas between'),
    tenant: claimName.default('tenant').describe('Claim with the tenant'),
    consumer: claimName
      .optional()
      .describe(
        'Claim with the consumer, of an issuer that knows the consumers: a gateway in front of this one',
      ),
  })
  .prefault({});

export type ClaimsConfig = z.output<typeof claimsConfig>;

type Claims = Readonly<Record<string, unknown>>;

export interface ClaimsReading {
  /** How the claims were proved. */
  readonly scheme: SchemeName;
  readonly names: ClaimsConfig;
  readonly consumers: ConsumerIndex;
}

/** `expiresAt` is the wall clock's, in ms. Throws `invalid_credentials` where the claims name nobody. */
export function identityOf(
  claims: Claims,
  expiresAt: number,
  { scheme, names, consumers }: ClaimsReading,
): Identity {
  const subject = claims.sub;
  if (typeof subject !== 'string' || !isPlain(subject, MAX_SUBJECT_CHARS) || subject === '__proto__') {
    throw invalidCredentials('the token has no usable sub');
  }
  const client = typeof claims.client_id === 'string' ? claims.client_id : claims.azp;
  const named = typeof client === 'string' ? consumers.byClient.get(client) : undefined;
  // An issuer of ours may name its clients as it likes, and so as another issuer's.
  const isTheirs = named?.issuer === undefined || named.issuer === claims.iss;
  const consumer = isTheirs ? named : undefined;
  const plan = consumer ? consumer.plan : consumers.defaultPlan;
  const tenant = claimAt(claims, names.tenant);
  const told = names.consumer === undefined ? undefined : claimAt(claims, names.consumer);
  return {
    subject,
    consumer:
      consumer?.id ?? (typeof told === 'string' && isPlain(told, MAX_SUBJECT_CHARS) ? told : undefined),
    tenant: typeof tenant === 'string' && isPlain(tenant, MAX_SUBJECT_CHARS) ? tenant : consumer?.tenant,
    plan: plan?.name,
    scopes: new Set(grants(claims.scope, false).concat(grants(claims.scp, false))),
    roles: grants(claimAt(claims, names.roles), true),
    scheme,
    claims,
    expiresAt,
  };
}

/** A claim by its name, or, where there is none of that name, by its path: `realm_access.roles`. */
export function claimAt(claims: Claims, nameOrPath: string): unknown {
  if (Object.hasOwn(claims, nameOrPath)) return claims[nameOrPath];
  let found: unknown = claims;
  for (const part of nameOrPath.split('.')) {
    if (!isRecord(found) || !Object.hasOwn(found, part)) return undefined;
    found = found[part];
  }
  return found;
}

function grants(claim: unknown, mayHaveSpaces: boolean): string[] {
  if (typeof claim === 'string') return claim.split(/[ ,]+/).filter((word) => isGrant(word, false));
  if (!Array.isArray(claim)) return [];
  return claim.slice(0, MAX_GRANTS).filter((word) => isGrant(word, mayHaveSpaces));
}

/** A comma would make one into two where they are joined for a backend. */
function isGrant(word: unknown, mayHaveSpaces: boolean): word is string {
  if (typeof word !== 'string' || !isPlain(word, MAX_SUBJECT_CHARS) || word.includes(',')) return false;
  return mayHaveSpaces || !word.includes(' ');
}

/** Not empty, not too long, without control characters or half of a character. */
function isPlain(text: string, maxChars: number): boolean {
  if (text.length === 0 || text.length > maxChars || !text.isWellFormed()) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return false;
  }
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
