/** An identity of which a test says only what matters to it. */
import type { Identity } from '../../core/identity.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';

export function identityWith(parts: Partial<Identity> = {}): Identity {
  return makeIdentity({ subject: 'ada', ...parts });
}
