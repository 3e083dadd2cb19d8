/** A map bounded in entries and, where they are weighed, in weight, that forgets what was not asked for longest. */
export interface LruWeights<V> {
  readonly maxWeight: number;
  /** Not negative, and the same whenever it is asked. */
  weigh(value: V, key: string): number;
}

export class Lru<V> {
  readonly #entries = new Map<string, V>();
  readonly #max: number;
  readonly #weights: LruWeights<V> | undefined;
  #weight = 0;

  constructor(max: number, weights?: LruWeights<V>) {
    this.#max = max;
    this.#weights = weights;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** What all entries weigh. */
  get weight(): number {
    return this.#weight;
  }

  /** From the one that was not asked for longest to the newest. */
  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries();
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  /** An entry that alone weighs more than all may is not kept. */
  set(key: string, value: V): void {
    this.#forget(key);
    const weight = this.#weights?.weigh(value, key) ?? 0;
    const maxWeight = this.#weights?.maxWeight ?? 0;
    if (weight > maxWeight) return;
    this.#entries.set(key, value);
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#max && this.#weight <= maxWeight) return;
      this.#forget(oldest);
    }
  }

  /** Forgets `key`, where it still holds `value`. */
  drop(key: string, value: V): void {
    if (this.#entries.get(key) === value) this.#forget(key);
  }

  #forget(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weights?.weigh(value, key) ?? 0;
  }
}
