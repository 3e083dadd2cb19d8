/** The gateway's own access token for one backend, by the client credentials grant (RFC 6749 §4.4). */
import type { RenewedToken } from './renewed-token.ts';
import type { GrantedToken, RequestToken } from './token-endpoint.ts';

const BEARER = 'Bearer ';

/** What is asked for (RFC 6749 §3.3, RFC 8707). */
export interface GrantTarget {
  readonly scopes: readonly string[];
  readonly audience?: string | undefined;
  readonly resource?: string | undefined;
}

export function targetFields({ scopes, audience, resource }: GrantTarget): Readonly<Record<string, string>> {
  return {
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
  };
}

export interface ClientCredentialsOptions {
  /** Outlives the configuration. */
  readonly kept: RenewedToken;
  readonly request: RequestToken;
  readonly target: GrantTarget;
}

/** What it has of a `CallProof` of the upstream room. */
export class ClientCredentials {
  readonly field = 'authorization';
  readonly ofCaller = false;
  readonly #kept: RenewedToken;
  readonly #fetch: () => Promise<GrantedToken>;

  constructor({ kept, request, target }: ClientCredentialsOptions) {
    this.#kept = kept;
    const form = { grant_type: 'client_credentials', ...targetFields(target) };
    this.#fetch = () => request(form);
  }

  token(): string | Promise<string> {
    return this.#kept.get(this.#fetch);
  }

  valueFor(): string | Promise<string> {
    return bearerOf(this.token());
  }

  refused(_: unknown, value: string): boolean {
    return this.#kept.refused(value.slice(BEARER.length));
  }
}

/** The field's value. */
export function bearerOf(token: string | Promise<string>): string | Promise<string> {
  return token instanceof Promise ? token.then((had) => BEARER + had) : BEARER + token;
}
