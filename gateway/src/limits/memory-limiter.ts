/** Token buckets in this process's memory. With several processes, each admits its share of every limit. */
import type { Clock } from '../core/clock.ts';
import type { Meter } from '../core/meter.ts';
import { joinKey } from './bucket-key.ts';
import { type BucketRow, BucketTable } from './bucket-table.ts';
import { type CountDecision, decisionCounter } from './decision-meter.ts';
import type { BucketCheck, BucketDecision, BucketSpec, Limiter } from './limiter.ts';
import { affords, bucketDecision, refill, shareOf } from './token-bucket.ts';

const DEFAULT_MAX_BUCKETS = 100_000;

export interface MemoryLimiterOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  /** Processes that admit side by side without knowing of each other; 1 by default. */
  readonly shares?: number;
  readonly maxBuckets?: number;
}

export class MemoryLimiter implements Limiter {
  readonly #clock: Clock;
  readonly #count: CountDecision;
  readonly #shares: number;
  readonly #shared = new WeakMap<BucketSpec, BucketSpec>();
  readonly #table: BucketTable<BucketRow>;
  /** The texts of keys that are asked for again and again: whoever asks keeps a caller's checks. */
  readonly #keys = new WeakMap<readonly string[], string>();

  constructor(options: MemoryLimiterOptions) {
    this.#clock = options.clock;
    this.#count = decisionCounter(options.meter, 'memory');
    this.#shares = options.shares ?? 1;
    this.#table = new BucketTable(options.maxBuckets ?? DEFAULT_MAX_BUCKETS);
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#table.size;
  }

  take(checks: readonly BucketCheck[], tokens: number): readonly BucketDecision[] {
    const nowMs = this.#clock.now();
    const [only] = checks;
    if (only && checks.length === 1) {
      const row = this.#row(only, nowMs);
      const allowed = affords(row.tokens, tokens);
      if (allowed) row.tokens -= tokens;
      this.#count(allowed);
      return [bucketDecision(row.spec, row.tokens, tokens, allowed)];
    }
    const rows: BucketRow[] = [];
    let allowed = true;
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i];
      if (!check) continue;
      const row = this.#row(check, nowMs);
      if (!affords(row.tokens, tokens)) allowed = false;
      rows.push(row);
    }
    const decisions: BucketDecision[] = [];
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i];
      if (!row) continue;
      const had = affords(row.tokens, tokens);
      if (allowed) row.tokens -= tokens;
      decisions.push(bucketDecision(row.spec, row.tokens, tokens, allowed || had));
    }
    this.#count(allowed);
    return decisions;
  }

  #row(check: BucketCheck, nowMs: number): BucketRow {
    const spec = this.#shares === 1 ? check.spec : this.#shareOf(check.spec);
    let key = this.#keys.get(check.key);
    if (key === undefined) {
      key = joinKey(check.key);
      this.#keys.set(check.key, key);
    }
    const known = this.#table.get(key);
    if (known) {
      // A changed plan keeps its bucket's level: a reload never refills it.
      known.spec = spec;
      refill(known, spec, nowMs);
      return known;
    }
    const row: BucketRow = { tokens: spec.capacity, atMs: nowMs, spec };
    this.#table.add(key, row, nowMs);
    return row;
  }

  #shareOf(spec: BucketSpec): BucketSpec {
    let share = this.#shared.get(spec);
    if (!share) {
      share = shareOf(spec, this.#shares);
      this.#shared.set(spec, share);
    }
    return share;
  }
}
