/**
 * Tokens that were had in exchange for callers', by the SHA-256 of theirs: no caller's token is kept. Each is renewed and
 * shared as a `RenewedToken` is, and none outlives the caller's token. Bounded: the least recently used goes first.
 */
import { hash } from 'node:crypto';
import { type FetchToken, RenewedToken, type RenewedTokenOptions } from './renewed-token.ts';

export interface ExchangedTokensOptions extends RenewedTokenOptions {
  readonly maxTokens: number;
}

export class ExchangedTokens {
  readonly #options: ExchangedTokensOptions;
  readonly #tokens = new Map<string, RenewedToken>();

  constructor(options: ExchangedTokensOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#tokens.size;
  }

  /** `expiresAt`: of the caller's token, wall clock ms. */
  get(token: string, expiresAt: number, fetch: FetchToken): string | Promise<string> {
    const { clock, defaultLifetimeMs, maxTokens } = this.#options;
    const digest = hash('sha256', token, 'base64url');
    let kept = this.#tokens.get(digest);
    if (kept) this.#tokens.delete(digest);
    else kept = new RenewedToken(this.#options);
    this.#tokens.set(digest, kept);
    if (this.#tokens.size > maxTokens) {
      const oldest = this.#tokens.keys().next();
      if (!oldest.done) this.#tokens.delete(oldest.value);
    }
    return kept.get(async () => {
      const { value, lifetimeMs = defaultLifetimeMs } = await fetch();
      return { value, lifetimeMs: Math.max(0, Math.min(lifetimeMs, expiresAt - clock.wall())) };
    });
  }

  /** As `RenewedToken.refused`, of what was had for `token`. */
  refused(token: string, value: string): boolean {
    return this.#tokens.get(hash('sha256', token, 'base64url'))?.refused(value) ?? true;
  }
}
