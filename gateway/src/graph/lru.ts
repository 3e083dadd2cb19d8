/** A map bounded in entries and, where they are weighed, in weight, that forgets what was not asked for longest. */
export interface LruWeights<V> {
  readonly maxWeight: number;
  /** Not negative. Asked when an entry is set, and again by `reweigh`. */
  weigh(value: V, key: string): number;
}

export class Lru<V> {
  readonly #entries = new Map<string, V>();
  readonly #max: number;
  readonly #weights: LruWeights<V> | undefined;
  readonly #weightOf = new Map<string, number>();
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
    if (weight > (this.#weights?.maxWeight ?? 0)) return;
    this.#entries.set(key, value);
    if (this.#weights) this.#weightOf.set(key, weight);
    this.#weight += weight;
    this.#makeRoom();
  }

  /** Weighs an entry again, whose value has changed inside. */
  reweigh(key: string): void {
    const value = this.#entries.get(key);
    const before = this.#weightOf.get(key);
    if (!this.#weights || value === undefined || before === undefined) return;
    const weight = this.#weights.weigh(value, key);
    this.#weightOf.set(key, weight);
    this.#weight += weight - before;
    this.#makeRoom();
  }

  #makeRoom(): void {
    const maxWeight = this.#weights?.maxWeight ?? 0;
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
    if (!this.#entries.delete(key)) return;
    this.#weight -= this.#weightOf.get(key) ?? 0;
    this.#weightOf.delete(key);
  }
}
