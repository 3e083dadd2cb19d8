/**
 * A DPoP proof as it is written (RFC 9449 §4.2): its form, its key and its claims, before its signature is looked at. The
 * key is taken over by its defining members alone, so that nothing else that a client writes beside them means anything.
 */
import { hash } from 'node:crypto';
import { hasDuplicateMember, isCompactToken, partText } from '../jwt/compact-token.ts';
import { invalidProof } from '../refusal.ts';

/** A proof with an RSA key of 4096 bits has 2 KB. */
const MAX_PROOF_CHARS = 4_096;
const MAX_JTI_CHARS = 256;
const MAX_HTU_CHARS = 8_192;
/** 4096 bits in base64url. */
const MAX_MODULUS_CHARS = 683;
const MAX_EXPONENT_CHARS = 6;
/** Members that only private or symmetric keys have (RFC 7518 §6). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** The members that make a public key (RFC 7638 §3.2, RFC 8037 §2), in the order of its thumbprint. */
const DEFINING: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

export interface DpopProof {
  readonly alg: string;
  /** Its defining members in the order of the thumbprint. */
  readonly jwk: Readonly<Record<string, string>>;
  /** SHA-256 thumbprint of the key (RFC 7638) in base64url. */
  readonly thumbprint: string;
  readonly jti: string;
  readonly htm: string;
  readonly htu: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly ath: string;
  readonly nonce: string | undefined;
}

/** Throws `invalid_credentials` with `invalid_dpop_proof` for what has not the form of one. */
export function readProof(text: string): DpopProof {
  if (text.length > MAX_PROOF_CHARS) throw invalidProof('the proof is too long');
  if (!isCompactToken(text)) throw invalidProof('not the form of a signed proof');
  const header = partOf(text, 0);
  const claims = partOf(text, 1);
  const { typ, alg } = header;
  if (typeof typ !== 'string' || mediaType(typ) !== 'dpop+jwt') throw invalidProof('typ is not dpop+jwt');
  if (typeof alg !== 'string') throw invalidProof('alg is no text');
  // Extensions that change what a signature means.
  if ('crit' in header || 'b64' in header) throw invalidProof('an extension is used');
  const jwk = publicKey(header.jwk);
  const { iat } = claims;
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw invalidProof('iat is no date');
  if (claims.nonce !== undefined && typeof claims.nonce !== 'string') throw invalidProof('nonce is no text');
  return {
    alg,
    jwk,
    thumbprint: hash('sha256', JSON.stringify(jwk), 'base64url'),
    jti: textOf(claims, 'jti', MAX_JTI_CHARS),
    htm: textOf(claims, 'htm', MAX_JTI_CHARS),
    htu: textOf(claims, 'htu', MAX_HTU_CHARS),
    iat,
    ath: textOf(claims, 'ath', MAX_JTI_CHARS),
    nonce: claims.nonce,
  };
}

function partOf(text: string, part: 0 | 1): Readonly<Record<string, unknown>> {
  const json = partText(text, part);
  if (json === undefined) throw invalidProof('not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalidProof('not JSON');
  }
  if (!isRecord(value)) throw invalidProof('not an object');
  if (hasDuplicateMember(json)) throw invalidProof('a member is there twice');
  return value;
}

function publicKey(jwk: unknown): Readonly<Record<string, string>> {
  if (!isRecord(jwk)) throw invalidProof('jwk is no key');
  for (const member of SECRET_MEMBERS) {
    if (Object.hasOwn(jwk, member)) throw invalidProof('jwk holds a private or symmetric key');
  }
  const { kty } = jwk;
  const defining = typeof kty === 'string' && Object.hasOwn(DEFINING, kty) ? DEFINING[kty] : undefined;
  if (!defining) throw invalidProof('jwk is of no kind that is known');
  const key: Record<string, string> = {};
  for (const member of defining) {
    const value = jwk[member];
    if (typeof value !== 'string' || !isKeyText(value)) throw invalidProof(`jwk has no sound ${member}`);
    key[member] = value;
  }
  if ((key.n?.length ?? 0) > MAX_MODULUS_CHARS || (key.e?.length ?? 0) > MAX_EXPONENT_CHARS) {
    throw invalidProof('the RSA key is too large');
  }
  return key;
}

/** Base64url, or the name of a curve: the same letters. */
function isKeyText(text: string): boolean {
  if (text === '' || text.length > MAX_MODULUS_CHARS + 1) return false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isLetter && !isDigit && code !== 0x2d && code !== 0x5f) return false;
  }
  return true;
}

function textOf(claims: Readonly<Record<string, unknown>>, name: string, maxChars: number): string {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (typeof value !== 'string' || value === '') throw invalidProof(`${name} is missing`);
  if (value.length > maxChars) throw invalidProof(`${name} is too long`);
  return value;
}

/** The subtype of a media type, which `typ` may leave the rest of (RFC 7515 §4.1.9). */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
