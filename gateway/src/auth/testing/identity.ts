/** An identity of which a test says only what matters to it. */
import type { Identity } from '../../core/identity.ts';

export function identityWith(parts: Partial<Identity> = {}): Identity {
  return {
    subject: 'ada',
    consumer: undefined,
    tenant: undefined,
    plan: undefined,
    scopes: new Set(),
    roles: [],
    scheme: 'jwt',
    claims: {},
    expiresAt: Number.POSITIVE_INFINITY,
    ...parts,
  };
}
