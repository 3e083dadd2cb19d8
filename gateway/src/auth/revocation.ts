/**
 * Revoked tokens, by `jti`, in the state store (`revoked:{jti}`, kept as long as the token would live). Each use
 * of a token asks; an answer of less than two seconds' age is used as it is, one of less than five while a new one is
 * fetched behind it, an older one is waited for. So a revocation holds everywhere within five seconds, and the store
 * is asked seldom. What this process has once seen revoked stays so, even if the store forgets.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { StateStore } from '../state/store.ts';
import { cannotTell } from './refusal.ts';

const FRESH_MS = 2000;
const STALE_MS = 5000;
const DEFAULT_MAX_ENTRIES = 10_000;
/** How long to remember a revocation whose token's end is not known: a day, longer than access tokens live. */
const DEFAULT_KEEP_MS = 86_400_000;

export const revocationConfig = z
  .strictObject({
    whenStoreIsGone: z
      .enum(['allow', 'deny'])
      .default('allow')
      .describe('Whether a token whose revocation nobody can look up is accepted, or answered with 503'),
  })
  .prefault({});

export type RevocationConfig = z.output<typeof revocationConfig>;

interface Entry {
  revoked: boolean;
  askedAt: number;
  pending: Promise<boolean> | undefined;
}

export interface RevocationListOptions {
  readonly config: RevocationConfig;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxEntries?: number;
}

export class RevocationList {
  readonly #options: RevocationListOptions;
  readonly #maxEntries: number;
  readonly #entries = new Map<string, Entry>();
  #blind = false;

  constructor(options: RevocationListOptions) {
    this.#options = options;
    this.#maxEntries = options.maxEntries ?? DEFAULT_MAX_ENTRIES;
  }

  /**
   * Whether a token is revoked; at once where that is known. Rejects with 503 where the store is gone and the policy
   * is `deny`.
   */
  isRevoked(jti: string): boolean | Promise<boolean> {
    const entry = this.#entries.get(jti);
    if (!entry) return this.#ask(jti, this.#add(jti));
    if (entry.revoked) return true;
    const age = this.#options.clock.now() - entry.askedAt;
    if (age < FRESH_MS) return false;
    const answer = entry.pending ?? this.#ask(jti, entry);
    if (age >= STALE_MS) return answer;
    answer.catch(() => {});
    return false;
  }

  /** Revokes a token until `expiresAt` (wall clock, ms), past which it is worthless anyway. Rejects when the store is gone. */
  async revoke(jti: string, expiresAt?: number): Promise<void> {
    const { store, clock } = this.#options;
    const ttlMs = expiresAt === undefined ? DEFAULT_KEEP_MS : expiresAt - clock.wall();
    if (ttlMs <= 0) return;
    const entry = this.#entries.get(jti) ?? this.#add(jti);
    entry.revoked = true;
    // The allowed clock skew must not outlive the entry.
    await store.set(revocationKey(jti), '1', ttlMs + 300_000);
  }

  #add(jti: string): Entry {
    if (this.#entries.size >= this.#maxEntries) this.#makeRoom();
    const entry: Entry = { revoked: false, askedAt: Number.NEGATIVE_INFINITY, pending: undefined };
    this.#entries.set(jti, entry);
    return entry;
  }

  /** The oldest goes, one that is known to be revoked last. */
  #makeRoom(): void {
    let oldest: string | undefined;
    let seen = 0;
    for (const [jti, entry] of this.#entries) {
      oldest ??= jti;
      if (!entry.revoked) {
        oldest = jti;
        break;
      }
      seen += 1;
      if (seen === 16) break;
    }
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  #ask(jti: string, entry: Entry): Promise<boolean> {
    const pending = this.#lookUp(jti, entry).finally(() => {
      entry.pending = undefined;
    });
    entry.pending = pending;
    return pending;
  }

  async #lookUp(jti: string, entry: Entry): Promise<boolean> {
    const { store, clock, config, logger } = this.#options;
    try {
      const value = await store.get(revocationKey(jti));
      if (value !== undefined) entry.revoked = true;
      entry.askedAt = clock.now();
      if (this.#blind) logger.info({}, 'revocations can be looked up again');
      this.#blind = false;
      return entry.revoked;
    } catch (error) {
      if (!this.#blind) logger.warn({ policy: config.whenStoreIsGone }, 'revocations cannot be looked up');
      this.#blind = true;
      if (entry.revoked) return true;
      if (config.whenStoreIsGone === 'deny') throw cannotTell('revocations cannot be looked up', error);
      return false;
    }
  }
}

function revocationKey(jti: string): string {
  return `revoked:${jti}`;
}
