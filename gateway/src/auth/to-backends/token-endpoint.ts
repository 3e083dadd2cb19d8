/**
 * Asks an identity provider for an access token (RFC 6749 §4.4, RFC 8693 §2), as a client of its own, by an upstream of its
 * own. Neither tokens nor what a provider says in its own words ever go to a log: its error code alone does.
 */
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { type DocumentSource, fetchReply } from '../jwt/json-document.ts';
import type { ClientFields } from './client-authentication.ts';

const MAX_ANSWER_BYTES = 65_536;
const MAX_TOKEN_CHARS = 16_384;
const MAX_LIFETIME_S = 86_400;
/** RFC 6749 §5.2; some providers refuse with 403. */
const STATUSES: readonly number[] = [200, 400, 401, 403];

export interface GrantedToken {
  readonly value: string;
  /** `undefined` where the provider does not say. */
  readonly lifetimeMs: number | undefined;
}

/** Rejects with a `FrontdeskError` where no token is given; a `RefusedGrantError` where the provider says why. */
export type RequestToken = (form: Readonly<Record<string, string>>) => Promise<GrantedToken>;

/** The provider gives no token, and says why (RFC 6749 §5.2). */
export class RefusedGrantError extends FrontdeskError {
  /** Such as `invalid_client`. */
  readonly error: string;

  constructor(error: string) {
    super('upstream_credential', { detail: `the identity provider gives no token: ${error}` });
    this.error = error;
  }
}

export interface TokenEndpointOptions {
  readonly source: DocumentSource;
  /** The upstream that stands for the provider. It sets the `authorization` of a client that proves itself so. */
  readonly upstream: string;
  /** Where tokens are had: known, or found by discovery. */
  readonly endpoint: () => Promise<URL>;
  readonly fields: ClientFields;
  /** Whom assertions are for: the issuer, or the endpoint where that is not known. */
  readonly issuer: string | undefined;
  /** Whether a request may be sent twice as it is: not with an assertion, which holds once. */
  readonly repeatable: boolean;
  readonly timeoutMs: number;
}

export function tokenEndpoint(options: TokenEndpointOptions): RequestToken {
  const { source, upstream, endpoint, fields, issuer, repeatable, timeoutMs } = options;
  return async (asked) => {
    const { href, pathname, search } = await endpoint();
    const own = await fields(issuer ?? href);
    const request = {
      upstream,
      method: 'POST',
      path: pathname + search,
      what: 'answer of the token endpoint',
      label: 'token',
      timeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new WholeBody(new URLSearchParams({ ...asked, ...own }).toString()),
      repeatable,
    } as const;
    const { status, document } = await fetchReply(source, request, STATUSES);
    return grantedToken(status, document);
  };
}

function grantedToken(status: number, document: unknown): GrantedToken {
  if (typeof document !== 'object' || document === null) throw unusable('is no JSON object');
  const answer: Readonly<Record<string, unknown>> = { ...document };
  if (status !== 200) throw new RefusedGrantError(errorCode(answer.error) ?? `status ${status}`);
  const { access_token: value, token_type: type } = answer;
  if (typeof value !== 'string' || !isToken(value)) throw unusable('holds no access_token that can be sent');
  // RFC 6749 §7.1: what kind of token is not understood must not be used. `N_A` is no access token (RFC 8693 §2.2.1).
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer')
    throw unusable('holds no token of type Bearer');
  return { value, lifetimeMs: lifetimeMs(answer.expires_in) };
}

/** Letters of RFC 6749 §5.2 alone, and few: it goes to the log. */
function errorCode(error: unknown): string | undefined {
  return typeof error === 'string' && /^[a-z_.-]{1,64}$/.test(error) ? error : undefined;
}

/** What may stand behind `Bearer `: visible ASCII (RFC 6750 §2.1 is stricter, providers are not). */
function isToken(value: string): boolean {
  if (value === '' || value.length > MAX_TOKEN_CHARS) return false;
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code <= 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** Some providers write the number as text. */
function lifetimeMs(expiresIn: unknown): number | undefined {
  if (expiresIn === undefined || expiresIn === null) return undefined;
  const seconds =
    typeof expiresIn === 'string' && /^\d{1,10}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds))
    throw unusable('has an expires_in that is no number');
  return Math.min(MAX_LIFETIME_S, Math.max(0, seconds)) * 1000;
}

function unusable(why: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', { detail: `the answer of the token endpoint ${why}` });
}
