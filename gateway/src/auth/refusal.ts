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

export function isOutdated(error: FrontdeskError): boolean {
  return error.cause === OUTDATED;
}

/** The credentials may be good, but right now nobody can tell: 503, so that no client throws them away. */
export function cannotTell(detail: string, cause?: unknown): FrontdeskError {
  return new FrontdeskError('upstream_unavailable', { detail, cause, retryAfterS: 1 });
}
