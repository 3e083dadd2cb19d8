/**
 * Tokens that were verified, so that a client's next request costs a hash and not a signature check. Keyed by the whole
 * SHA-256 of the token: no other token can have its entry, and no token is kept. An entry ends with its token and after a
 * minute at the latest; revocation is asked for on every use all the same. Bounded; what was used least recently goes
 * first, give or take a quarter of the bound: to take an entry out of a map and put it back with every use costs more than
 * all else here.
 */
import type { Clock } from '../../core/clock.ts';
import type { Identity } from '../../core/identity.ts';

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
  /** How many entries had been added when it was last put at the end. */
  placedAt: number;
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
  /** About the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** An entry in use is put at the end once so many came behind it. */
  readonly #slack: number;
  #added = 0;

  constructor(options: VerifiedTokensOptions) {
    this.#clock = options.clock;
    this.#maxEntries = options.maxEntries ?? DEFAULT_MAX_ENTRIES;
    this.#slack = Math.floor(this.#maxEntries / 4);
    this.#maxAgeMs = options.maxAgeMs ?? DEFAULT_MAX_AGE_MS;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(digest: string): VerifiedToken | undefined {
    const entry = this.#entries.get(digest);
    if (!entry) return undefined;
    if (entry.until <= this.#clock.wall()) {
      this.#entries.delete(digest);
      return undefined;
    }
    if (this.#added - entry.placedAt >= this.#slack) {
      this.#entries.delete(digest);
      this.#entries.set(digest, entry);
      entry.placedAt = this.#added;
    }
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
    this.#added += 1;
    this.#entries.set(digest, { token, until, placedAt: this.#added });
  }
}
