/**
 * What is taken for an issuer's key set (RFC 7517): public keys for signatures alone. A set with a symmetric or a
 * private key, or a `kid` twice, is not sound, and then none of it is taken.
 */
import { createPublicKey } from 'node:crypto';
import { type CryptoKey, createLocalJWKSet, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import { z } from 'zod';

const MAX_KEYS = 100;

export type Jwk = Record<string, unknown> & { readonly kty: string };

/** The key for a token's header; rejects with jose's errors where there is none, or more than one that may be it. */
export type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/** The signing keys of a document. Throws with what is not sound of it. */
export function signingKeys(document: unknown): Jwk[] {
  if (!isRecord(document) || !Array.isArray(document.keys)) throw new Error('no JSON Web Key Set');
  if (document.keys.length > MAX_KEYS) throw new Error('too many keys');
  const signing: Jwk[] = [];
  const kids = new Set<string>();
  for (const key of document.keys) {
    if (!isRecord(key) || typeof key.kty !== 'string') throw new Error('a key without kty');
    if (key.kty === 'oct' || 'k' in key) throw new Error('a symmetric key among public ones');
    if ('d' in key) throw new Error('a private key among public ones');
    if (key.use !== undefined && key.use !== 'sig') continue;
    if (typeof key.kid === 'string') {
      if (kids.has(key.kid)) throw new Error('two keys with one kid');
      kids.add(key.kid);
    }
    signing.push({ ...key, kty: key.kty });
  }
  if (signing.length === 0) throw new Error('no signing key');
  return signing;
}

export function keyFinder(document: unknown): FindKey {
  return createLocalJWKSet({ keys: signingKeys(document) });
}

/** Keys that the configuration holds itself: a key set, or text (mostly of a file) with one, or with a public key as PEM. */
export const staticKeysConfig = z
  .union(
    [
      z.string().min(1),
      z.looseObject({ keys: z.array(z.looseObject({})).describe('Public keys (RFC 7517)') }),
    ],
    {
      error: 'expected a key set ({ keys: [...] }), or file: and a path to one or to a public key as PEM',
    },
  )
  .transform((written, context): { keys: Jwk[] } => {
    try {
      return { keys: signingKeys(typeof written === 'string' ? documentOf(written) : written) };
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unreadable';
      context.addIssue({ code: 'custom', message: `expected public keys for signatures: ${why}` });
      return z.NEVER;
    }
  });

function documentOf(text: string): unknown {
  if (text.includes('PRIVATE KEY')) throw new Error('a private key among public ones');
  if (text.trimStart().startsWith('-----BEGIN')) {
    return { keys: [createPublicKey(text).export({ format: 'jwk' })] };
  }
  return JSON.parse(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
