/**
 * Tokens that were verified, so that a client's next request costs a hash and not a signature check. Keyed by the whole
 * SHA-256 of the token: no other token can have its entry, and no token is kept. An entry ends with its token and after a
 * minute at the latest; revocation is asked for on every use all the same. Bounded; the least recently used goes first.
 */
import type { Clock } from '../core/clock.ts';
import type { Identity } from '../core/identity.ts';

const DEFAULT_MAX_ENTRIES = 10_000;
const DEFAULT_MAX_AGE_MS = 60_000;

export interface VerifiedToken {
  readonly claims: Readonly<Record<string, unknown>>;
  /** Wall clock, ms. */
  readonly expiresAt: number;
  /** The identity that the claims gave, and by which consumers: a reload, or a change of them, may give another. */
  identity: Identity | undefined;
  madeFor: object | undefined;
}

interface Entry {
  readonly token: VerifiedToken;
  /** Wall clock. */
  readonly until: number;
}

export interface VerifiedTokensOptions {
  readonly clock: Clock;
  readonly maxEntries?: number;
  /** After which an entry ends whatever its token says; a minute by default. */
  readonly maxAgeMs?: number;
}

export class VerifiedTokens {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #maxAgeMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(options: VerifiedTokensOptions) {
    this.#clock = options.clock;
    this.#maxEntries = options.maxEntries ?? DEFAULT_MAX_ENTRIES;
    this.#maxAgeMs = options.maxAgeMs ?? DEFAULT_MAX_AGE_MS;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(digest: string): VerifiedToken | undefined {
    const entry = this.#entries.get(digest);
    if (!entry) return undefined;
    this.#entries.delete(digest);
    if (entry.until <= this.#clock.wall()) return undefined;
    this.#entries.set(digest, entry);
    return entry.token;
  }

  add(digest: string, token: VerifiedToken): void {
    const now = this.#clock.wall();
    const until = Math.min(token.expiresAt, now + this.#maxAgeMs);
    if (until <= now) return;
    this.#entries.delete(digest);
    if (this.#entries.size >= this.#maxEntries) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(digest, { token, until });
  }
}
