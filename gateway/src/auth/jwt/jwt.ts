/**
 * Bearer tokens (RFC 6750) that are JWTs (RFC 7519). A token says by its `iss` which of the configured issuers is to judge
 * it; that is not believed but checked by that issuer's own keys and rules (see token-issuer.ts), so that no issuer can
 * sign for another (RFC 8725 §3.8). A token that was verified before costs a hash and a look-up.
 */
import { hash } from 'node:crypto';
import type { Identity } from '../../core/identity.ts';
import type { ConsumerIndex } from '../consumers/consumers.ts';
import { invalidCredentials } from '../refusal.ts';
import type { SchemeName } from '../route-auth.ts';
import type { Presented, Scheme } from '../scheme.ts';
import type { BearerTokens } from './bearer.ts';
import { unverifiedIssuer } from './compact-token.ts';
import { identityOf } from './identity-of.ts';
import type { TokenIssuer } from './token-issuer.ts';
import type { VerifiedToken } from './verified-tokens.ts';

export interface JwtSchemeOptions {
  readonly issuers: readonly TokenIssuer[];
  readonly bearer: BearerTokens;
  readonly consumers: ConsumerIndex;
}

export class JwtScheme implements Scheme {
  readonly name = 'jwt';
  readonly credentialHeaders: readonly string[];
  readonly #options: JwtSchemeOptions;
  readonly #byIssuer: ReadonlyMap<string, TokenIssuer>;
  readonly #maxTokenBytes: number;
  /** Whether another scheme on this route takes tokens that are of no issuer of ours. */
  readonly #leavesOthers: boolean;

  constructor(options: JwtSchemeOptions, leavesOthers = false) {
    this.#options = options;
    this.credentialHeaders = options.bearer.fields;
    this.#leavesOthers = leavesOthers;
    this.#byIssuer = new Map(options.issuers.map((issuer) => [issuer.config.issuer, issuer]));
    this.#maxTokenBytes = Math.max(...options.issuers.map((issuer) => issuer.config.maxTokenBytes));
  }

  among(accepted: readonly SchemeName[]): JwtScheme {
    return accepted.includes('introspection') ? new JwtScheme(this.#options, true) : this;
  }

  /** Whether a token has the form of a JWT of an issuer of ours. */
  claims(token: string): boolean {
    return this.#claimedBy(token) !== undefined;
  }

  identify(request: Presented): Identity | undefined | Promise<Identity> {
    const token = this.#options.bearer.read(request.headers);
    if (token === undefined) return undefined;
    // Before it is hashed: most tokens of the other kind have no dots.
    if (this.#leavesOthers && !token.includes('.')) return undefined;
    if (token.length > this.#maxTokenBytes) throw invalidCredentials('the token is too long');
    const digest = hash('sha256', token, 'base64url');
    for (const issuer of this.#options.issuers) {
      const known = issuer.known(digest);
      if (known) return this.#options.bearer.admit(this.#identity(known, issuer), token, request);
    }
    const issuer = this.#claimedBy(token);
    if (issuer) return this.#verify(issuer, token, digest, request);
    if (this.#leavesOthers) return undefined;
    throw invalidCredentials('no token of a configured issuer');
  }

  knows({ headers }: Presented): boolean {
    const token = this.#options.bearer.peek(headers);
    if (token === undefined || token.length > this.#maxTokenBytes) return false;
    const digest = hash('sha256', token, 'base64url');
    return this.#options.issuers.some((issuer) => issuer.known(digest) !== undefined);
  }

  challenges(error?: string, scope?: string): readonly string[] {
    return this.#options.bearer.challenges(error, scope);
  }

  #claimedBy(token: string): TokenIssuer | undefined {
    if (token.length > this.#maxTokenBytes) return undefined;
    const issuer = unverifiedIssuer(token);
    return issuer === undefined ? undefined : this.#byIssuer.get(issuer);
  }

  async #verify(issuer: TokenIssuer, token: string, digest: string, request: Presented): Promise<Identity> {
    const known = await issuer.verify(token, digest);
    return this.#options.bearer.admit(this.#identity(known, issuer), token, request);
  }

  #identity(known: VerifiedToken, issuer: TokenIssuer): Identity {
    const { consumers } = this.#options;
    const { stamp } = consumers;
    if (known.identity && known.madeFor === stamp) return known.identity;
    const { claims } = known;
    // Each request is held to the token's own end before this.
    const expiresAt = issuer.config.endsStreams ? known.expiresAt : Number.POSITIVE_INFINITY;
    const identity = identityOf(claims, expiresAt, {
      scheme: 'jwt',
      names: issuer.config.claims,
      consumers,
    });
    known.identity = identity;
    known.madeFor = stamp;
    return identity;
  }
}
