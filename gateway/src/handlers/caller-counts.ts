/** How many sockets and streams each caller has open: of an identity, or of an address where nobody knows who asks. */
import type { Identity } from '../core/identity.ts';

export class CallerCounts {
  readonly #counts = new Map<string, number>();

  /**
   * Counts one; `undefined` where the caller has `max` already. The returned function takes it back. `scope`: what is
   * counted apart from all else, such as a route; by default nothing is.
   */
  add(
    identity: Identity | undefined,
    address: string,
    max: number,
    scope?: string,
  ): (() => void) | undefined {
    const caller = identity ? [identity.consumer ?? null, identity.subject] : address;
    const key = JSON.stringify(scope === undefined ? caller : [scope, caller]);
    const count = this.#counts.get(key) ?? 0;
    if (count >= max) return undefined;
    this.#counts.set(key, count + 1);
    return () => {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }

  /** Callers with something open. */
  get size(): number {
    return this.#counts.size;
  }
}
