/**
 * A bounded table of what is known of limits. When it is full, a few of the oldest rows are looked at: those of which
 * everything is there are dropped, since a key that is not in the table has everything and nothing is lost; if there is
 * none, the one goes of which the greatest part is there, which forgives least. So a flood of identities costs bounded
 * memory and never a scan of the whole table. Bounded twice: in rows, and in what logs among them keep.
 */
const LOOKED_AT = 16;
/** Entries of logs beside the rows: 64 MB of them. */
const DEFAULT_MAX_WEIGHT = 4_000_000;

export interface LimitTableOptions<Row> {
  readonly maxRows: number;
  /** Most that all rows keep together, as `weightOf` tells. */
  readonly maxWeight?: number;
  /** What a row keeps (`LimitState.weight`); 1 each by default. */
  readonly weightOf?: (row: Row) => number;
  /** The part of its capacity that is there, 1 for all. */
  readonly fullness: (row: Row, nowMs: number) => number;
}

export class LimitTable<Row> {
  readonly #maxRows: number;
  readonly #maxWeight: number;
  readonly #fullness: (row: Row, nowMs: number) => number;
  readonly #weightOf: (row: Row) => number;
  readonly #rows = new Map<string, Row>();
  /** What the rows keep, beyond 1 each. */
  #extra = 0;

  constructor(options: LimitTableOptions<Row>) {
    this.#maxRows = options.maxRows;
    this.#maxWeight = options.maxWeight ?? DEFAULT_MAX_WEIGHT;
    this.#fullness = options.fullness;
    this.#weightOf = options.weightOf ?? one;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** What all rows keep together. */
  get weight(): number {
    return this.#rows.size + this.#extra;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** Adds a row that was not there. */
  add(key: string, row: Row, nowMs: number): void {
    if (this.#rows.size >= this.#maxRows) this.#makeRoom(nowMs);
    this.#rows.set(key, row);
    this.#extra += this.#weightOf(row) - 1;
  }

  /** Puts another row in the place of one that is there. */
  replace(key: string, known: Row, row: Row): void {
    this.#rows.set(key, row);
    this.#extra += this.#weightOf(row) - this.#weightOf(known);
  }

  /** To be told when a row came to keep more (> 0) or less than before. */
  weighed(change: number, nowMs: number): void {
    this.#extra += change;
    while (change > 0 && this.weight > this.#maxWeight && this.#rows.size > 1) this.#makeRoom(nowMs);
  }

  #makeRoom(nowMs: number): void {
    const seen: [string, Row][] = [];
    for (const entry of this.#rows) {
      seen.push(entry);
      if (seen.length === LOOKED_AT) break;
    }
    let dropped = 0;
    let fullest: [string, Row] | undefined;
    let greatest = Number.NEGATIVE_INFINITY;
    for (const entry of seen) {
      const [key, row] = entry;
      const weight = this.#weightOf(row);
      const part = this.#fullness(row, nowMs);
      this.#extra += this.#weightOf(row) - weight;
      if (part >= 1) {
        this.#drop(key, row);
        dropped += 1;
      } else if (part > greatest) {
        greatest = part;
        fullest = entry;
      }
    }
    if (dropped > 0 || !fullest) return;
    this.#drop(...fullest);
    // Those that stay go to the end, so that the next look is at others.
    for (const [key, row] of seen) {
      if (key === fullest[0]) continue;
      this.#rows.delete(key);
      this.#rows.set(key, row);
    }
  }

  #drop(key: string, row: Row): void {
    this.#rows.delete(key);
    this.#extra -= this.#weightOf(row) - 1;
  }
}

function one(): number {
  return 1;
}
