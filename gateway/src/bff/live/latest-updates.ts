/**
 * Updates on their way to a client that may be slower than they come: of each part the newest is kept, in the order in
 * which parts began to wait. So a part's values come in order, its last one always comes, no part starves another, and
 * what waits is at most one value a part.
 */
export interface Update {
  readonly name: string;
  readonly value: unknown;
}

export class LatestUpdates {
  /** A map keeps the place of a key that is set again. */
  readonly #waiting = new Map<string, unknown>();

  get size(): number {
    return this.#waiting.size;
  }

  /** False where it took the place of one that nobody has taken. */
  put(name: string, value: unknown): boolean {
    const isNew = !this.#waiting.has(name);
    this.#waiting.set(name, value);
    return isNew;
  }

  /** The one whose part waits longest. */
  take(): Update | undefined {
    for (const [name, value] of this.#waiting) {
      this.#waiting.delete(name);
      return { name, value };
    }
    return undefined;
  }

  /** Takes all. */
  clear(): void {
    this.#waiting.clear();
  }
}
