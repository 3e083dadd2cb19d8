/**
 * What a session says of its person: the claims of the token that the configuration trusts for it, without what belongs to
 * that one token, and with what is the session's own: since when it stands, under which name it is revoked, for which client.
 */
import type { FrontdeskError } from '../../core/errors.ts';
import { invalidCredentials } from '../refusal.ts';
import type { Claims, ProviderTokens } from './id-token.ts';
import type { TokenSet } from './provider.ts';
import type { SessionConfig } from './session-config.ts';
import type { SessionRecord } from './session-store.ts';
import { sessionName } from './sessions.ts';

type ClaimSet = Readonly<Record<string, unknown>>;

/** Of one token alone: of no meaning for the session that lasts longer. */
const OF_ONE_TOKEN = new Set(['exp', 'nbf', 'nonce', 'at_hash', 'c_hash', 's_hash', 'jti', 'iat', 'cnf']);

export interface SessionClaimsOptions {
  readonly config: Pick<SessionConfig, 'claimsFrom' | 'scopes' | 'issuer'> & {
    readonly client: { readonly id: string };
  };
  readonly tokens: ProviderTokens;
  /** Verifies an access token that is a JWT. Rejects with `invalid_credentials`. */
  readonly accessToken: (token: string) => Promise<ClaimSet>;
}

/** Who logged in. */
export interface LoggedIn {
  readonly id: Claims;
  readonly claims: ClaimSet;
  readonly scope: string;
}

export class SessionClaims {
  readonly #options: SessionClaimsOptions;

  constructor(options: SessionClaimsOptions) {
    this.#options = options;
  }

  /** Rejects with `invalid_credentials` where the tokens are not those of this login. */
  async ofLogin(tokens: TokenSet, nonce: string): Promise<LoggedIn> {
    const { config, tokens: verifier } = this.#options;
    if (tokens.idToken === undefined) throw refused('no ID token');
    const id = await verifier.idToken(tokens.idToken, { nonce, accessToken: tokens.accessToken });
    const scope = tokens.scope ?? config.scopes.join(' ');
    return { id, scope, claims: await this.#trusted(tokens, id) };
  }

  ofSession({ id, claims, scope }: LoggedIn, sessionId: string, createdAt: number): ClaimSet {
    const { config } = this.#options;
    return {
      scope,
      ...withoutTokens(claims),
      iss: config.issuer,
      sub: id.sub,
      client_id: config.client.id,
      ...(typeof id.sid === 'string' ? { sid: id.sid } : {}),
      // With its milliseconds: a login in the very second after a logout of all is not among those before.
      iat: createdAt / 1000,
      jti: sessionName(sessionId),
    };
  }

  /** After a refresh (OpenID Connect Core §12.2): whoever it is must be the same person. */
  async ofRefresh(tokens: TokenSet, before: SessionRecord): Promise<ClaimSet> {
    const { tokens: verifier, config } = this.#options;
    const { sub, sid, iat, jti, scope, client_id, iss } = before.claims;
    let id: Claims | undefined;
    if (tokens.idToken !== undefined) {
      id = await verifier.idToken(tokens.idToken, { nonce: undefined, accessToken: tokens.accessToken });
      if (id.sub !== sub) throw refused('a refresh gave another subject');
      if (id.nonce !== undefined && id.nonce !== before.nonce) throw refused('a refresh gave another nonce');
    }
    if (config.claimsFrom === 'idToken' && !id) return { ...before.claims, scope: tokens.scope ?? scope };
    const claims = await this.#trusted(tokens, id ?? { sub: String(sub) });
    return {
      scope: tokens.scope ?? scope,
      ...withoutTokens(claims),
      ...{ iss, sub, client_id, iat, jti },
      ...(sid === undefined ? {} : { sid }),
    };
  }

  async #trusted({ accessToken }: TokenSet, id: Claims): Promise<ClaimSet> {
    if (this.#options.config.claimsFrom === 'idToken') return id;
    const claims = await this.#options.accessToken(accessToken);
    if (claims.sub !== id.sub) throw refused('the access token is of another subject');
    return claims;
  }
}

function withoutTokens(claims: ClaimSet): ClaimSet {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_ONE_TOKEN.has(name)));
}

function refused(why: string): FrontdeskError {
  return invalidCredentials(`the login: ${why}`);
}
