/**
 * An access token that is kept until it expires and renewed before. Whoever asks gets it at once while it is good; once most
 * of its life is over, somebody's asking has the next one fetched beside it, one fetch for all, and when that fails the old
 * one serves until its end. Without a good one those who ask wait for the fetch, and for a moment after a failure nobody
 * asks the provider again.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { GrantedToken } from './token-endpoint.ts';

/** A token is renewed when this much of its life is over, less up to a tenth by chance: not all gateways at once. */
const RENEW_AT = 0.8;
const JITTER = 0.1;
/** A token that ends while it is on its way is of no use: it is not sent for the last of these. */
const MARGIN = 0.05;
const MAX_MARGIN_MS = 10_000;
const COOLDOWN_MS = 1000;
/** A backend that refuses a token which is younger has no quarrel with its age. */
const YOUNG_MS = 5000;

export interface RenewedTokenOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a token is used of which the provider does not say how long it is good. */
  readonly defaultLifetimeMs: number;
  /** Told of each fetch that failed, once. */
  readonly onFailure?: (error: unknown, servesOld: boolean) => void;
}

interface Kept {
  readonly value: string;
  readonly since: number;
  readonly renewAt: number;
  readonly until: number;
}

export type FetchToken = () => Promise<GrantedToken>;

export class RenewedToken {
  readonly #options: RenewedTokenOptions;
  #kept: Kept | undefined;
  #fetching: Promise<string> | undefined;
  #failure: { readonly error: unknown; readonly until: number } | undefined;

  constructor(options: RenewedTokenOptions) {
    this.#options = options;
  }

  /** The token, at once where it is known. Rejects with what `fetch` rejects with. */
  get(fetch: FetchToken): string | Promise<string> {
    const now = this.#options.clock.now();
    const kept = this.#kept;
    if (kept && now < kept.renewAt) return kept.value;
    const cooling = this.#failure && now < this.#failure.until;
    if (kept && now < kept.until) {
      if (!cooling) this.#fetch(fetch).catch(() => undefined);
      return kept.value;
    }
    if (this.#failure && cooling) return Promise.reject(this.#failure.error);
    return this.#fetch(fetch);
  }

  /** Forgets a token that a backend refused. Returns whether the next may be better: not where this one is new. */
  refused(value: string): boolean {
    const kept = this.#kept;
    if (kept?.value !== value) return true;
    if (this.#options.clock.now() - kept.since < YOUNG_MS) return false;
    this.#kept = undefined;
    return true;
  }

  #fetch(fetch: FetchToken): Promise<string> {
    this.#fetching ??= this.#fetched(fetch).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetched(fetch: FetchToken): Promise<string> {
    const { clock, random, defaultLifetimeMs, onFailure } = this.#options;
    // It is good from when it was made, which was not before it was asked for.
    const since = clock.now();
    try {
      const { value, lifetimeMs = defaultLifetimeMs } = await fetch();
      this.#failure = undefined;
      const margin = Math.min(MAX_MARGIN_MS, lifetimeMs * MARGIN);
      const renewAt = since + lifetimeMs * (RENEW_AT - random() * JITTER);
      this.#kept = { value, since, renewAt, until: since + lifetimeMs - margin };
      return value;
    } catch (error) {
      const now = clock.now();
      this.#failure = { error, until: now + COOLDOWN_MS };
      onFailure?.(error, this.#kept !== undefined && now < this.#kept.until);
      throw error;
    }
  }
}
