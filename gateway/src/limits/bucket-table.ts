/**
 * A bounded table of bucket levels. When it is full, a few of the oldest rows are looked at: full buckets are dropped,
 * since a bucket that is not in the table is a full one and nothing is lost; if none is, the fullest goes, which
 * forgives least. So a flood of identities costs bounded memory and never a scan of the whole table.
 */
import type { BucketSpec } from './limiter.ts';
import { type BucketLevel, refill } from './token-bucket.ts';

const LOOKED_AT = 16;

export interface BucketRow extends BucketLevel {
  spec: BucketSpec;
}

export class BucketTable<Row extends BucketRow> {
  readonly #maxRows: number;
  readonly #rows = new Map<string, Row>();

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** Adds a row that was not there. */
  add(key: string, row: Row, nowMs: number): void {
    if (this.#rows.size >= this.#maxRows) this.#makeRoom(nowMs);
    this.#rows.set(key, row);
  }

  #makeRoom(nowMs: number): void {
    const seen: [string, Row][] = [];
    for (const entry of this.#rows) {
      seen.push(entry);
      if (seen.length === LOOKED_AT) break;
    }
    let dropped = 0;
    let fullestKey: string | undefined;
    let fullest = -1;
    for (const [key, row] of seen) {
      refill(row, row.spec, nowMs);
      const share = row.tokens / row.spec.capacity;
      if (share >= 1) {
        this.#rows.delete(key);
        dropped += 1;
      } else if (share > fullest) {
        fullest = share;
        fullestKey = key;
      }
    }
    if (dropped > 0 || fullestKey === undefined) return;
    this.#rows.delete(fullestKey);
    // Those that stay go to the end, so that the next look is at others.
    for (const [key, row] of seen) {
      if (key === fullestKey) continue;
      this.#rows.delete(key);
      this.#rows.set(key, row);
    }
  }
}
