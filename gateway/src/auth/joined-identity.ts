/**
 * One identity of two that were proved for one request. The first stands; a second may name the consumer that the first
 * leaves open, but no other. What was proved lasts as long as each credential does: where a route wants a certificate and
 * a token, a stream does not outlive the token because the certificate came first.
 */
import type { Identity } from '../core/identity.ts';

/** Made once for two that come together again and again, since caches know identities by themselves. */
const joined = new WeakMap<Identity, { readonly second: Identity; readonly both: Identity }>();

/** Throws nothing: that both name one consumer, if any, is the caller's to see. */
export function joinIdentities(first: Identity, second: Identity): Identity {
  const known = joined.get(first);
  if (known?.second === second) return known.both;
  const names = first.consumer === undefined && second.consumer !== undefined;
  const both: Identity = {
    ...first,
    ...(names ? { consumer: second.consumer, plan: second.plan, tenant: first.tenant ?? second.tenant } : {}),
    expiresAt: Math.min(first.expiresAt, second.expiresAt),
    also: [...(first.also ?? []), second],
  };
  joined.set(first, { second, both });
  return both;
}
