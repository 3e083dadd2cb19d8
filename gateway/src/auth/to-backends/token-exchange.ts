/**
 * The caller's access token, exchanged for one that is for the backend (RFC 8693): the backend learns who asks from the
 * identity provider itself, and gets nothing that opens another door. By choice the gateway names itself as the actor
 * (delegation, §1.1). A caller without a token is refused, or the gateway speaks for it by a token of its own; so it does
 * where nobody asks but itself.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { CallerTokens } from './caller-tokens.ts';
import { bearerOf, type ClientCredentials, type GrantTarget, targetFields } from './client-credentials.ts';
import type { ExchangedTokens } from './exchanged-tokens.ts';
import { type GrantedToken, RefusedGrantError, type RequestToken } from './token-endpoint.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** What a provider says of the caller's token (RFC 8693 §2.2.2, and what is used in its place); all else is of us. */
const OF_THE_SUBJECT: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_request',
  'invalid_token',
  'access_denied',
]);

export interface TokenExchangeOptions {
  /** Outlives the configuration. */
  readonly tokens: ExchangedTokens;
  readonly callers: CallerTokens;
  readonly request: RequestToken;
  readonly target: GrantTarget;
  /** The gateway's own token: for calls of its own, and what else the configuration says. */
  readonly own: ClientCredentials;
  readonly actor: boolean;
  readonly withoutToken: 'refuse' | 'client';
  readonly upstream: string;
}

/** What it has of a `CallProof` of the upstream room. */
export class TokenExchange {
  readonly field = 'authorization';
  readonly ofCaller = true;
  readonly #options: TokenExchangeOptions;
  readonly #form: Readonly<Record<string, string>>;

  constructor(options: TokenExchangeOptions) {
    this.#options = options;
    this.#form = {
      grant_type: TOKEN_EXCHANGE,
      requested_token_type: ACCESS_TOKEN,
      subject_token_type: ACCESS_TOKEN,
      ...targetFields(options.target),
    };
  }

  valueFor({ identity, client }: CallContext): string | Promise<string> {
    const { callers, own, tokens, withoutToken, upstream } = this.#options;
    const token = identity && callers.get(identity);
    if (identity && token !== undefined) {
      return bearerOf(tokens.get(token, identity.expiresAt, () => this.#exchange(token)));
    }
    if (client === undefined && !identity) return own.valueFor();
    if (withoutToken === 'client') return own.valueFor();
    const detail = `upstream ${upstream} is told who asks by an access token, and the caller has none`;
    throw new FrontdeskError('forbidden', { detail });
  }

  refused({ identity }: CallContext, value: string): boolean {
    const { callers, own, tokens } = this.#options;
    const token = identity && callers.get(identity);
    return token === undefined ? own.refused(undefined, value) : tokens.refused(token, bare(value));
  }

  async #exchange(token: string): Promise<GrantedToken> {
    const { request, own, actor } = this.#options;
    const acting = actor ? { actor_token: await own.token(), actor_token_type: ACCESS_TOKEN } : {};
    try {
      return await request({ ...this.#form, subject_token: token, ...acting });
    } catch (error) {
      if (!(error instanceof RefusedGrantError) || !OF_THE_SUBJECT.has(error.error)) throw error;
      const detail = `the identity provider exchanges no token of this caller: ${error.error}`;
      throw new FrontdeskError('forbidden', { detail });
    }
  }
}

function bare(value: string): string {
  return value.slice('Bearer '.length);
}
