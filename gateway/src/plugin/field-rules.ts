/**
 * Which fields a plugin sees, and which it may change. What says who asks, where a request came from and what it belongs
 * to is the gateway's own word; what frames a message is the connection's; credentials are shown to whom the operator
 * shows them, and set by nobody. Names are compared by letters and digits alone, as backends may.
 */

import { isHopByHop } from '../wire/hop-by-hop.ts';
import {
  bareName,
  COMMONLY_TRUSTED,
  CREDENTIAL_FIELDS,
  FORWARDING_FIELDS,
  GATEWAY_FIELDS,
  rememberNames,
} from '../wire/trust/trusted-fields.ts';

export interface FieldRules {
  isHidden(name: string): boolean;
  isProtected(name: string): boolean;
}

/** What the gateway says itself of each message. */
const OWN: readonly string[] = [...GATEWAY_FIELDS, 'via'];
/** In any spelling: `transfer_encoding` is one to a backend that makes variables of names. */
const FRAMING: readonly string[] = ['transfer-encoding', 'connection', 'upgrade', 'proxy'];
const REPLY_OWN: readonly string[] = ['content-length', 'x-request-id'];
const REPLY_CREDENTIALS: readonly string[] = ['set-cookie'];

export interface TrustedNames {
  /** Under which backends learn who asks. */
  readonly identity: readonly string[];
  /** Further fields with credentials, a client's or our own. */
  readonly credentials: readonly string[];
}

export const NO_NAMES: TrustedNames = { identity: [], credentials: [] };

export function requestRules({ identity, credentials }: TrustedNames, seesCredentials: boolean): FieldRules {
  const secret = new Set([...CREDENTIAL_FIELDS, ...credentials].map(bareName));
  const own = new Set(
    [...OWN, ...FRAMING, ...COMMONLY_TRUSTED, ...FORWARDING_FIELDS, ...identity].map(bareName),
  );
  return {
    isHidden: seesCredentials ? never : rememberNames((name) => secret.has(bareName(name))),
    isProtected: rememberNames(
      (name) => isHopByHop(name) || own.has(bareName(name)) || secret.has(bareName(name)),
    ),
  };
}

export function replyRules(seesCredentials: boolean): FieldRules {
  const secret = new Set(REPLY_CREDENTIALS);
  return {
    isHidden: (name) => !seesCredentials && secret.has(name),
    isProtected: (name) =>
      isHopByHop(name) || REPLY_OWN.includes(name) || (!seesCredentials && secret.has(name)),
  };
}

function never(): boolean {
  return false;
}
