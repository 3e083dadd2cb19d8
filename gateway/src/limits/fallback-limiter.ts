/**
 * Decides locally while the shared store is gone, so that no request fails for it and none is free. Each process takes
 * its share: a local bucket starts from the last remainder that the store told, divided by the processes that were
 * last known, and refills at the divided rate. What is kept per bucket is one row, bounded by the table. When the store is back,
 * it decides again from what it remembers.
 */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { joinKey } from './bucket-key.ts';
import { type BucketRow, BucketTable } from './bucket-table.ts';
import { type CountDecision, decisionCounter } from './decision-meter.ts';
import type { BucketCheck, BucketDecision, BucketSpec, Limiter } from './limiter.ts';
import { affords, allAllowed, bucketDecision, refill, shareOf } from './token-bucket.ts';

const DEFAULT_MAX_BUCKETS = 100_000;

export interface FallbackLimiterOptions {
  /** Decides while it can; its rejection is what calls for the fallback. */
  readonly shared: Limiter;
  /** How many processes share the limits right now, as last known; at least 1. */
  readonly processes: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxBuckets?: number;
}

interface KnownRow extends BucketRow {
  /** False while the level is the store's own word, for all processes together. */
  local: boolean;
}

export class FallbackLimiter implements Limiter {
  readonly #shared: Limiter;
  readonly #processes: () => number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #countShared: CountDecision;
  readonly #countLocal: CountDecision;
  readonly #countFallback: (value: number) => void;
  readonly #table: BucketTable<KnownRow>;
  #away = false;

  constructor(options: FallbackLimiterOptions) {
    this.#shared = options.shared;
    this.#processes = options.processes;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#countShared = decisionCounter(options.meter, 'redis');
    this.#countLocal = decisionCounter(options.meter, 'local');
    this.#countFallback = options.meter.counter({
      name: 'frontdesk_limit_fallbacks_total',
      help: 'Decisions of token buckets that were taken locally because the shared store was gone',
      labels: [],
    });
    this.#table = new BucketTable(options.maxBuckets ?? DEFAULT_MAX_BUCKETS);
  }

  async take(checks: readonly BucketCheck[], tokens: number): Promise<readonly BucketDecision[]> {
    let decisions: readonly BucketDecision[];
    try {
      decisions = await this.#shared.take(checks, tokens);
    } catch (error) {
      return this.#takeLocally(checks, tokens, error);
    }
    if (this.#away) {
      this.#away = false;
      this.#logger.info({}, 'limits are shared again');
    }
    this.#remember(checks, decisions);
    this.#countShared(allAllowed(decisions));
    return decisions;
  }

  #remember(checks: readonly BucketCheck[], decisions: readonly BucketDecision[]): void {
    const nowMs = this.#clock.now();
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i];
      const decision = decisions[i];
      if (!check || !decision) continue;
      const key = joinKey(check.key);
      const known = this.#table.get(key);
      if (known) {
        known.tokens = decision.remaining;
        known.atMs = nowMs;
        known.spec = check.spec;
        known.local = false;
      } else {
        this.#table.add(
          key,
          { tokens: decision.remaining, atMs: nowMs, spec: check.spec, local: false },
          nowMs,
        );
      }
    }
  }

  #takeLocally(checks: readonly BucketCheck[], tokens: number, error: unknown): readonly BucketDecision[] {
    if (!this.#away) {
      this.#away = true;
      this.#logger.warn({ reason: reasonOf(error) }, 'limits are decided locally');
    }
    const nowMs = this.#clock.now();
    const shares = Math.max(1, this.#processes());
    const rows = checks.map((check) => this.#localRow(check, shares, nowMs));
    const allowed = rows.every((row) => affords(row.tokens, needed(row, tokens)));
    const decisions = rows.map((row, i) => {
      const had = affords(row.tokens, needed(row, tokens));
      if (allowed) row.tokens -= tokens;
      const spec = checks[i]?.spec ?? row.spec;
      const told = bucketDecision(row.spec, row.tokens, needed(row, tokens), allowed || had);
      return tokens > spec.capacity ? { ...told, retryAfterMs: Number.POSITIVE_INFINITY } : told;
    });
    this.#countLocal(allowed);
    this.#countFallback(1);
    return decisions;

    /** A cost that the whole bucket could bear but a share cannot is taken from a full share, as a debt. */
    function needed(row: KnownRow, asked: number): number {
      const whole = row.spec.capacity * shares;
      return asked > row.spec.capacity && asked <= whole ? row.spec.capacity : asked;
    }
  }

  #localRow(check: BucketCheck, shares: number, nowMs: number): KnownRow {
    const share: BucketSpec = shareOf(check.spec, shares);
    const key = joinKey(check.key);
    const known = this.#table.get(key);
    if (!known) {
      const row: KnownRow = { tokens: share.capacity, atMs: nowMs, spec: share, local: true };
      this.#table.add(key, row, nowMs);
      return row;
    }
    if (!known.local) {
      refill(known, check.spec, nowMs);
      known.tokens /= shares;
      known.local = true;
    }
    known.spec = share;
    refill(known, share, nowMs);
    return known;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'detail' in error && typeof error.detail === 'string' ? error.detail : error.message;
}
