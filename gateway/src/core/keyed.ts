/**
 * Things that are found again by what they depend on: a new configuration with the same settings gets the same
 * cache, one with other settings a new one. The least recently asked for is forgotten beyond `max`.
 */
export class Keyed<T> {
  readonly #max: number;
  readonly #kept = new Map<string, T>();

  constructor(max: number) {
    this.#max = max;
  }

  /** What `make` gave when it was first asked for under this key. */
  once(key: string, make: () => T): T {
    let thing = this.#kept.get(key);
    if (thing === undefined) thing = make();
    else this.#kept.delete(key);
    this.#kept.set(key, thing);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#max) break;
      this.#kept.delete(oldest);
    }
    return thing;
  }
}
