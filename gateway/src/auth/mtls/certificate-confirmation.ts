/**
 * Tokens bound to a client certificate (RFC 8705 §3): good only over a connection of the holder of the certificate whose
 * SHA-256 stands in `cnf`, or behind a trusted proxy that says so. Whatever scheme the token is judged by.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { ClientCertificate } from '../../core/exchange.ts';
import type { Confirmation } from '../jwt/bearer.ts';
import { invalidCredentials } from '../refusal.ts';

export const certificateConfirmation: Confirmation = {
  member: 'x5t#S256',
  confirm({ value }, { client }) {
    if (!isHolder(value, client.certificate)) {
      throw invalidCredentials('the token is bound to another certificate than the client showed');
    }
    return undefined;
  },
};

/** Whether a certificate is the one of this thumbprint, in a time that tells nothing of how close it is. */
export function isHolder(thumbprint: unknown, certificate: ClientCertificate | undefined): boolean {
  if (typeof thumbprint !== 'string' || thumbprint === '' || certificate === undefined) return false;
  // Digests, for texts of different lengths could not be compared in equal time.
  return timingSafeEqual(digest(thumbprint), digest(certificate.thumbprint));
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
