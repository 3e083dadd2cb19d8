/**
 * Refusals of credentials. Whatever is wrong with them, a client reads the same 401; what it was goes to the log.
 */
import { FrontdeskError } from '../core/errors.ts';

/** `detail` must not hold the credential. Challenges are added by the authenticator, who knows what a route accepts. */
export function invalidCredentials(detail: string): FrontdeskError {
  return new FrontdeskError('invalid_credentials', { detail });
}

/** What outdated credentials have as their cause. */
const OUTDATED = Object.freeze(new Error('genuine, but expired or revoked'));

/**
 * Credentials that were genuine once: expired or revoked. A client reads the same, but this is nobody's guess, and must
 * not shut out the others at its address.
 */
export function outdatedCredentials(detail: string): FrontdeskError {
  return new FrontdeskError('invalid_credentials', { detail, cause: OUTDATED });
}

export function isOutdated({ cause }: FrontdeskError): boolean {
  return cause === OUTDATED || (cause instanceof NamedRefusal && cause.isGenuine);
}

/** What refusals have as their cause where a challenge can say more than `invalid_token`. */
class NamedRefusal extends Error {
  readonly challenge: string;
  readonly isGenuine: boolean;

  constructor(challenge: string, isGenuine: boolean) {
    super(challenge);
    this.challenge = challenge;
    this.isGenuine = isGenuine;
  }
}

/** The `error` of the challenges that go with a refusal (RFC 6750 §3.1, RFC 9449 §7.1). */
export function challengeOf({ cause }: FrontdeskError): string {
  return cause instanceof NamedRefusal ? cause.challenge : 'invalid_token';
}

const INVALID_PROOF = Object.freeze(new NamedRefusal('invalid_dpop_proof', false));
const OUTDATED_PROOF = Object.freeze(new NamedRefusal('invalid_dpop_proof', true));
const WANTED_NONCE = Object.freeze(new NamedRefusal('use_dpop_nonce', true));

/** The token is good, the proof beside it is not. */
export function invalidProof(detail: string): FrontdeskError {
  return new FrontdeskError('invalid_credentials', { detail, cause: INVALID_PROOF });
}

/** A proof out of its time: a client's clock goes wrong more often than somebody guesses. */
export function outdatedProof(detail: string): FrontdeskError {
  return new FrontdeskError('invalid_credentials', { detail, cause: OUTDATED_PROOF });
}

/** The proof is good, but for a nonce: `headers` bring one. */
export function wantedNonce(headers: FrontdeskError['headers']): FrontdeskError {
  const detail = 'the proof has no nonce, or an old one';
  return new FrontdeskError('invalid_credentials', { detail, headers, cause: WANTED_NONCE });
}

/** The credentials may be good, but right now nobody can tell: 503, so that no client throws them away. */
export function cannotTell(detail: string, cause?: unknown): FrontdeskError {
  return new FrontdeskError('upstream_unavailable', { detail, cause, retryAfterS: 1 });
}
