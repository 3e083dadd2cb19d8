/** What every way to prove an identity looks like to those who ask it. */
import type { ClientInfo, Exchange } from '../core/exchange.ts';
import type { HeaderFields } from '../core/headers.ts';
import type { Identity } from '../core/identity.ts';
import type { SchemeName } from './route-auth.ts';

/**
 * What of a request a scheme may read: its fields, and for bound tokens its method, target and connection, and whether it
 * may become a WebSocket (`dispatch`) or comes over one (`isOperation`).
 */
export type Presented = Pick<
  Exchange,
  'method' | 'host' | 'path' | 'query' | 'headers' | 'client' | 'dispatch' | 'isOperation'
>;

/** One way to prove an identity. */
export interface Scheme {
  readonly name: SchemeName;
  /** The request header fields that carry its credential, in lower case. No backend ever sees them. */
  readonly credentialHeaders: readonly string[];
  /**
   * Who asks. `undefined` where the request carries no credential of this kind; throws (or rejects with)
   * `invalid_credentials` where it carries one that does not hold. Synchronous wherever the answer is known.
   */
  identify(request: Presented): Identity | undefined | Promise<Identity | undefined>;
  /** Whether there is a credential in a field that holds other things too, such as a cookie among cookies. */
  carries?(headers: HeaderFields): boolean;
  /** Members that a problem document shows with a refusal, such as where a login begins. Public. */
  readonly refusalMembers?: Readonly<Record<string, unknown>>;
  /** Fields of the answer that refuses this credential: that take the cookie away. */
  readonly staleFields?: readonly (readonly [name: string, value: string])[];
  /**
   * Whether the credential was good before and is remembered: then it is looked at though its address failed too often.
   * Only for credentials that nobody can guess. Throws nothing.
   */
  knows?(request: Presented): boolean;
  /**
   * The scheme as it acts on a route that accepts these: where two read one field, each leaves the other what is not its
   * own. Left out where it acts alike everywhere.
   */
  among?(accepted: readonly SchemeName[]): Scheme;
  /**
   * The values of `WWW-Authenticate` for a refusal (none for what no challenge can ask for, such as a certificate);
   * `error` only where a credential was sent (RFC 6750 §3.1). `client`: who would be asked, so that nobody is asked for what
   * must not be sent over such a connection.
   */
  challenges(error?: string, scope?: string, client?: ClientInfo): readonly string[];
}
