/** A bounded table (`LimitTable`) of token buckets' levels. */

import { type BucketLevel, refill } from './algorithms/token-bucket.ts';
import { LimitTable } from './limit-table.ts';
import type { LimitSpec } from './limiter.ts';

export interface BucketRow extends BucketLevel {
  spec: LimitSpec;
}

export class BucketTable<Row extends BucketRow> extends LimitTable<Row> {
  constructor(maxRows: number) {
    super({ maxRows, fullness });
  }
}

function fullness(row: BucketRow, nowMs: number): number {
  refill(row, row.spec, nowMs);
  return row.tokens / row.spec.capacity;
}
