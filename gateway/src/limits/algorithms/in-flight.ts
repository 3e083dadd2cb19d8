/**
 * Requests at once: a place is held from the moment a request is admitted until its answer is through or broke, so that
 * streams and sockets hold theirs for as long as they are open. Counted in this process, for every configuration that it
 * has at once: who still finishes under an old one holds a place under the new one too.
 *
 * Invariants: never more than `max` places of a key are held; whoever holds several holds all of them or none; a place
 * is given back once, however often that is asked.
 */
import { joinKey } from '../bucket-key.ts';

/** One number of places to hold one of. */
export interface PlaceCheck {
  readonly max: number;
  readonly key: readonly string[];
}

export interface Held {
  /** Whether there was a place, for each check. All of them, or nothing is held. */
  readonly had: readonly boolean[];
  /** Places left of each, after this. */
  readonly left: readonly number[];
  /** Gives them back; more than once is the same as once. `undefined` where nothing is held. */
  readonly release: (() => void) | undefined;
}

export class InFlight {
  /** Keys of which a place is held, and so never more than there are requests. */
  readonly #held = new Map<string, number>();

  /** Keys of which a place is held. */
  get size(): number {
    return this.#held.size;
  }

  hold(checks: readonly PlaceCheck[]): Held {
    const keys = checks.map(({ key }) => joinKey(key));
    const taken = keys.map((key) => this.#held.get(key) ?? 0);
    const had = checks.map(({ max }, i) => (taken[i] ?? 0) < max);
    const isHeld = had.every(Boolean);
    const left = checks.map(({ max }, i) => Math.max(0, max - (taken[i] ?? 0) - (isHeld ? 1 : 0)));
    if (!isHeld) return { had, left, release: undefined };
    keys.forEach((key, i) => {
      this.#held.set(key, (taken[i] ?? 0) + 1);
    });
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      for (const key of keys) this.#giveBack(key);
    };
    return { had, left, release };
  }

  #giveBack(key: string): void {
    const held = this.#held.get(key) ?? 0;
    if (held > 1) this.#held.set(key, held - 1);
    else this.#held.delete(key);
  }
}
