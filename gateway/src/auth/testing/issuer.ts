/** A token issuer for tests: real keys, real signatures, and whatever malformed thing a test asks for. */
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface SigningKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function makeKey(kid: string, alg: SigningKey['alg'] = 'RS256'): SigningKey {
  const pair =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, alg, ...pair };
}

/** As the issuer publishes it. */
export function jwkOf(key: SigningKey): Record<string, unknown> {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, alg: key.alg, use: 'sig' };
}

export function jwksOf(...keys: SigningKey[]): { keys: Record<string, unknown>[] } {
  return { keys: keys.map(jwkOf) };
}

/** A string is taken as JSON text, bytes as they are. */
export const base64url = (value: unknown): string => {
  const bytes = value instanceof Uint8Array || typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(bytes).toString('base64url');
};

/** Signs with the key whatever header and payload say. */
export function signToken(key: SigningKey, payload: unknown, header: Record<string, unknown> = {}): string {
  const signed = `${base64url({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })}.${base64url(payload)}`;
  const signature = createSign('sha256')
    .update(signed)
    .sign({ key: key.privateKey, dsaEncoding: 'ieee-p1363' })
    .toString('base64url');
  return `${signed}.${signature}`;
}

export function hmacToken(
  secret: string | Buffer,
  payload: unknown,
  header: Record<string, unknown> = {},
): string {
  const signed = `${base64url({ alg: 'HS256', typ: 'at+jwt', ...header })}.${base64url(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
