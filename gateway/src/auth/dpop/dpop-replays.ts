/**
 * That a DPoP proof is used once (RFC 9449 §11.1): by this process, which remembers what it saw for as long as a proof may
 * hold, and by all that share the state store, which takes each proof from one of them alone. What is remembered here is
 * bounded. Beyond the bound the older half is forgotten where the store has it too; where it has not, no further proof is
 * taken until there is room: forgetting would let one be used twice.
 */
import type { Clock } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { hasPrimaryCalls, isScriptStore, type StateStore } from '../../state/store.ts';
import { cannotTell, invalidProof } from '../refusal.ts';
import type { DpopConfig } from './dpop-config.ts';

const KEY_PREFIX = 'dpop:';

export interface DpopReplaysOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class DpopReplays {
  readonly #store: StateStore;
  /** Whether other processes see what is in the store. */
  readonly #isShared: boolean;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #policy: DpopConfig['replay'] = { whenStoreIsGone: 'allow', maxKept: 200_000 };
  #horizonMs = 0;
  /** Two halves: what is in the older was seen longer ago than what is in the newer. */
  #newer = new Set<string>();
  #older = new Set<string>();
  #turnedAt = Number.NEGATIVE_INFINITY;
  #isBlind = false;
  /** Until then something is remembered here that the store has not: it was gone. */
  #aloneUntil = Number.NEGATIVE_INFINITY;
  #isFull = false;

  constructor({ store, clock, logger }: DpopReplaysOptions) {
    this.#store = store;
    this.#isShared = isScriptStore(store) || hasPrimaryCalls(store);
    this.#clock = clock;
    this.#logger = logger;
  }

  get size(): number {
    return this.#newer.size + this.#older.size;
  }

  /** Another configuration took over: no proof holds for longer than `horizonMs`. What was seen is not forgotten. */
  configure(policy: DpopConfig['replay'], horizonMs: number): void {
    this.#policy = policy;
    this.#horizonMs = Math.max(this.#horizonMs, horizonMs);
  }

  /**
   * Uses a proof up, by its digest, for `ttlMs`. Rejects with `invalid_credentials` where it was used before, with 503 where
   * nobody can tell.
   */
  use(digest: string, ttlMs: number): Promise<void> | undefined {
    this.#turn();
    if (this.#newer.has(digest) || this.#older.has(digest)) throw replayed();
    if (this.size >= this.#policy.maxKept) this.#makeRoom();
    // Before anything is waited for: the same proof may come twice at once.
    this.#newer.add(digest);
    return this.#isShared ? this.#claim(digest, ttlMs) : undefined;
  }

  async #claim(digest: string, ttlMs: number): Promise<void> {
    let isFirst: boolean;
    try {
      isFirst = await this.#store.add(`${KEY_PREFIX}${digest}`, '1', ttlMs);
    } catch (error) {
      this.#withoutStore(error);
      return;
    }
    if (this.#isBlind) this.#logger.info({}, 'proofs are held against those of the other processes again');
    this.#isBlind = false;
    if (!isFirst) throw replayed();
  }

  #withoutStore(error: unknown): void {
    const { whenStoreIsGone } = this.#policy;
    if (!this.#isBlind)
      this.#logger.warn(
        { policy: whenStoreIsGone },
        'proofs cannot be held against those of other processes',
      );
    this.#isBlind = true;
    this.#aloneUntil = this.#clock.now() + this.#horizonMs;
    if (whenStoreIsGone === 'deny') throw cannotTell('nobody can tell whether a proof was used', error);
  }

  /** Whatever is in the older half for a whole horizon has run out. */
  #turn(): void {
    const now = this.#clock.now();
    if (now - this.#turnedAt < this.#horizonMs) return;
    if (now - this.#turnedAt >= this.#horizonMs * 2) this.#newer.clear();
    this.#older = this.#newer;
    this.#newer = new Set();
    this.#turnedAt = now;
    this.#isFull = false;
  }

  #makeRoom(): void {
    if (this.#isShared && this.#clock.now() >= this.#aloneUntil) {
      this.#older = this.#newer;
      this.#newer = new Set();
      return;
    }
    if (!this.#isFull)
      this.#logger.error({ kept: this.size }, 'too many proofs to remember: see auth.dpop.replay.maxKept');
    this.#isFull = true;
    throw new FrontdeskError('overloaded', { detail: 'too many proofs to remember', retryAfterS: 1 });
  }
}

function replayed(): FrontdeskError {
  return invalidProof('the proof was used before');
}
