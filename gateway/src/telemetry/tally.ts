/**
 * The observations of one series of a histogram. Beside its numbers a bucket keeps one trace as its example: the first
 * since the examples were last taken. Under load nearly every observation finds its bucket's example there already, so
 * that it costs one comparison and no write.
 */
export interface Exemplar {
  readonly trace: string;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly at: number;
}

export class Tally {
  readonly bounds: readonly number[];
  /** How many fell in each bucket, not cumulative. */
  readonly counts: number[];
  count = 0;
  sum = 0;
  /** One for each bucket and one for what is above them all; made with the first. */
  #exemplars: (Exemplar | undefined)[] | undefined;
  /** Buckets that have one of this turn. */
  #fresh: boolean[] | undefined;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length).fill(0);
  }

  /** `trace` is the id of a trace, or empty. */
  observe(value: number, trace = ''): void {
    this.count += 1;
    this.sum += value;
    const { bounds } = this;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] ?? 0)) i += 1;
    if (i < bounds.length) this.counts[i] = (this.counts[i] ?? 0) + 1;
    if (trace !== '' && this.#fresh?.[i] !== true) this.#keep(i, value, trace);
  }

  /** The example of each bucket, old ones included; from now on the next observation takes its place. */
  take(): readonly (Exemplar | undefined)[] | undefined {
    this.#fresh?.fill(false);
    return this.#exemplars?.slice();
  }

  #keep(i: number, value: number, trace: string): void {
    this.#exemplars ??= new Array<Exemplar | undefined>(this.bounds.length + 1).fill(undefined);
    this.#fresh ??= new Array<boolean>(this.bounds.length + 1).fill(false);
    this.#exemplars[i] = { trace, value, at: Date.now() / 1_000 };
    this.#fresh[i] = true;
  }
}
