/** A client's certificate as the listener tells of it, with what a test says of it. */
import { hash } from 'node:crypto';
import type { ClientCertificate } from '../../core/exchange.ts';

export function certificateOf(more: Partial<ClientCertificate> = {}): ClientCertificate {
  return {
    thumbprint: hash('sha256', JSON.stringify(more), 'base64url'),
    subject: 'O=Example\nCN=partner',
    commonName: 'partner',
    names: [],
    issuer: 'O=Example\nCN=Partner CA',
    serial: '01',
    notAfter: Number.POSITIVE_INFINITY,
    ...more,
  };
}
