/**
 * Watches over identities behind streams that outlive a request: a token may expire or be revoked while events flow.
 * All are looked at once a second, in one sweep; as a revocation is pushed to every process (see `auth/revocation/revocation.ts`), a
 * stream ends about a second after it at most.
 */
import type { Clock } from '../core/clock.ts';
import type { Identity } from '../core/identity.ts';

/** Whether an identity still holds; at once where that is known. */
export type StillHolds = (identity: Identity) => boolean | Promise<boolean>;

interface Watched {
  readonly identity: Identity;
  readonly lost: () => void;
}

const SWEEP_MS = 1_000;

export class IdentityWatch {
  readonly #clock: Clock;
  readonly #stillHolds: StillHolds;
  readonly #watched = new Set<Watched>();
  #disarm: (() => void) | undefined;

  constructor(clock: Clock, stillHolds: StillHolds) {
    this.#clock = clock;
    this.#stillHolds = stillHolds;
  }

  /** Calls `lost` once, when `identity` holds no longer. The returned function ends the watch. */
  add(identity: Identity, lost: () => void): () => void {
    const watched: Watched = { identity, lost };
    this.#watched.add(watched);
    this.#disarm ??= this.#clock.after(SWEEP_MS, () => this.#sweep());
    return () => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      this.#disarm?.();
      this.#disarm = undefined;
    };
  }

  #sweep(): void {
    this.#disarm = this.#clock.after(SWEEP_MS, () => this.#sweep());
    for (const watched of this.#watched) {
      const holds = this.#stillHolds(watched.identity);
      // Who cannot be asked after (the store is gone) is treated by its policy; an error is a policy of "deny".
      if (holds instanceof Promise) holds.catch(() => false).then((answer) => this.#judge(watched, answer));
      else this.#judge(watched, holds);
    }
  }

  #judge(watched: Watched, holds: boolean): void {
    if (!holds && this.#watched.has(watched)) watched.lost();
  }
}
