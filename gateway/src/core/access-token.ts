/**
 * The access token behind an identity, for those who exchange it for another or send it on. It is no member of the
 * identity: nothing that logs, copies or serialises one can come upon it.
 */
import type { Identity } from './identity.ts';

const sources = new WeakMap<Identity, () => string>();

/** `source` is asked whenever the token is wanted: it may have been refreshed meanwhile. */
export function keepAccessToken(identity: Identity, source: () => string): void {
  sources.set(identity, source);
}

/** `undefined` where no token stands behind the identity, or the one who proved it keeps none. */
export function accessTokenOf(identity: Identity): string | undefined {
  return sources.get(identity)?.();
}
