/**
 * The values behind one metric, a series for each tuple of label values, found by a walk over nested maps: no
 * label object and no joined key is made for a request. The number of series is bounded; past it, everything
 * new is counted under `other`, so that a label gone wild cannot take the memory.
 */
const OTHER = 'other';
const MAX_LABELS = 4;

export interface Series<V> {
  readonly labels: readonly string[];
  value: V;
}

interface Level<V> {
  readonly next: Map<string, Level<V>>;
  series: Series<V> | undefined;
}

export class SeriesTable<V> {
  readonly #width: number;
  readonly #max: number;
  readonly #make: () => V;
  readonly #onOverflow: () => void;
  readonly #root: Level<V> = { next: new Map(), series: undefined };
  readonly #all: Series<V>[] = [];
  #other: Series<V> | undefined;

  constructor(width: number, max: number, make: () => V, onOverflow: () => void) {
    if (width > MAX_LABELS) throw new RangeError(`a metric has ${MAX_LABELS} labels at most, not ${width}`);
    this.#width = width;
    this.#max = max;
    this.#make = make;
    this.#onOverflow = onOverflow;
  }

  /**
   * The series of these label values; those left out are the empty text, surplus ones are ignored. They are named one by
   * one because a list would be made anew with each count: some ten for a request.
   */
  find(a = '', b = '', c = '', d = ''): Series<V> {
    const width = this.#width;
    let level: Level<V> | undefined = this.#root;
    if (width > 0) level = level.next.get(a);
    if (width > 1) level = level?.next.get(b);
    if (width > 2) level = level?.next.get(c);
    if (width > 3) level = level?.next.get(d);
    return level?.series ?? this.#create([a, b, c, d]);
  }

  /** Forgets the series of these label values, and makes room for another. */
  remove(labels: readonly string[]): void {
    const path: [level: Level<V>, label: string][] = [];
    let level = this.#root;
    for (let i = 0; i < this.#width; i += 1) {
      const label = labels[i] ?? '';
      const next = level.next.get(label);
      if (next === undefined) return;
      path.push([level, label]);
      level = next;
    }
    const { series } = level;
    if (!series || series === this.#other) return;
    level.series = undefined;
    this.#all.splice(this.#all.indexOf(series), 1);
    for (const [parent, label] of path.reverse()) {
      if (parent.next.get(label)?.next.size) break;
      parent.next.delete(label);
    }
  }

  values(): readonly Series<V>[] {
    return this.#all;
  }

  #create(given: readonly string[]): Series<V> {
    if (this.#all.length >= this.#max) {
      this.#onOverflow();
      this.#other ??= this.#add(Array.from({ length: this.#width }, () => OTHER));
      return this.#other;
    }
    return this.#add(Array.from({ length: this.#width }, (_, i) => given[i] ?? ''));
  }

  #add(labels: readonly string[]): Series<V> {
    let level = this.#root;
    for (const label of labels) {
      let next = level.next.get(label);
      if (next === undefined) {
        next = { next: new Map(), series: undefined };
        level.next.set(label, next);
      }
      level = next;
    }
    if (level.series) return level.series;
    const series: Series<V> = { labels, value: this.#make() };
    level.series = series;
    this.#all.push(series);
    return series;
  }
}
