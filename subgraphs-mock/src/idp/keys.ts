/** The provider's signing keys: two RSA keys made anew at every start, the first of which signs. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'oidc-provider';

const RSA_BITS = 2048;
const generateRsa = promisify(generateKeyPair);

/** A fresh private key for RS256. Its `kid` is left to the provider, which takes the key's thumbprint (RFC 7638). */
export async function generateSigningKey(): Promise<JWK> {
  const { privateKey } = await generateRsa('rsa', { modulusLength: RSA_BITS });
  const { n, e, d, p, q, dp, dq, qi } = privateKey.export({ format: 'jwk' });
  if (!n || !e || !d || !p || !q || !dp || !dq || !qi) throw new TypeError('an RSA key lacks a part');
  return { kty: 'RSA', use: 'sig', alg: 'RS256', n, e, d, p, q, dp, dq, qi };
}
