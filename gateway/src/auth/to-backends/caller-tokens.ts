/**
 * The access tokens by which callers proved themselves, for nothing but to be exchanged. They are not on the request any more
 * and not part of the identity, so that no log, policy or dump can show them; they are forgotten with the identity.
 */
import type { Identity } from '../../core/identity.ts';

export class CallerTokens {
  readonly #tokens = new WeakMap<Identity, string>();

  keep(identity: Identity, token: string): void {
    this.#tokens.set(identity, token);
  }

  get(identity: Identity): string | undefined {
    return this.#tokens.get(identity);
  }

  /** `both` is made of two that were proved for one request: it has the token of the first that has one. */
  join(first: Identity, second: Identity, both: Identity): Identity {
    const token = this.#tokens.get(first) ?? this.#tokens.get(second);
    if (token !== undefined) this.#tokens.set(both, token);
    return both;
  }
}
