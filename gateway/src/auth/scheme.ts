import type { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';

/** The schemes by which a request may prove who asks; the words that a route's `auth` lists. */
export type SchemeName = 'jwt' | 'apiKey';

/** One way to prove an identity. */
export interface Scheme {
  readonly name: SchemeName;
  /** The request header that carries its credential, in lower case. No backend ever sees it. */
  readonly credentialHeader: string;
  /**
   * Who asks. `undefined` where the request carries no credential of this kind; throws (or rejects with)
   * `invalid_credentials` where it carries one that does not hold. Synchronous wherever the answer is known.
   */
  identify(headers: HeaderFields): Identity | undefined | Promise<Identity | undefined>;
  /** The value of `WWW-Authenticate` for a refusal; `error` only where a credential was sent (RFC 6750 §3.1). */
  challenge(error?: string, scope?: string): string;
}
