/**
 * Decisions by the digest of what was asked: those in flight, which all who ask the same share, and for a short time
 * those that were made. Bounded; the oldest goes first. What failed is not kept. It outlives a configuration.
 */
import type { Verdict } from './policy.ts';

interface Kept {
  readonly verdict: Verdict;
  /** Monotonic, ms. */
  readonly until: number;
}

const MAX_KEPT = 10_000;

export class DecisionCache {
  readonly #kept = new Map<string, Kept>();
  readonly #flights = new Map<string, Promise<Verdict>>();
  readonly #max: number;

  constructor(max = MAX_KEPT) {
    this.#max = max;
  }

  get size(): number {
    return this.#kept.size;
  }

  once(key: string, now: number, forMs: number, ask: () => Promise<Verdict>): Verdict | Promise<Verdict> {
    const known = this.#kept.get(key);
    if (known) {
      if (known.until > now) return known.verdict;
      this.#kept.delete(key);
    }
    const running = this.#flights.get(key);
    if (running) return running;
    const flight = this.#fly(key, now + forMs, forMs > 0, ask);
    this.#flights.set(key, flight);
    return flight;
  }

  /** It holds from when it was asked for: what changed meanwhile is no older than `forMs` allows. */
  async #fly(key: string, until: number, keeps: boolean, ask: () => Promise<Verdict>): Promise<Verdict> {
    try {
      const verdict = await ask();
      if (keeps) this.#keep(key, { verdict, until });
      return verdict;
    } finally {
      this.#flights.delete(key);
    }
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#max) break;
      this.#kept.delete(oldest);
    }
  }
}
