/**
 * Decides on this process's own while the shared store is gone. Each process takes its share: a bucket starts from the
 * last level that the store told, divided by the processes that were last known, and refills at the divided rate; one
 * that the store never spoke of starts as a full share. What was admitted meanwhile is remembered; the store is told when
 * it is back, and decides again a moment later (settlement.ts).
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { newState, stateWith, underSpec } from '../algorithms/algorithms.ts';
import { joinKey } from '../bucket-key.ts';
import { affords, timesNamed } from '../decision.ts';
import { type CountDecision, decisionCounter } from '../decision-meter.ts';
import { EpochClock } from '../epoch-clock.ts';
import { LimitTable } from '../limit-table.ts';
import type { Decisions, LimitCheck, LimitState } from '../limiter.ts';
import { isTokenBucket } from '../plans/mode.ts';
import { type Debtor, type Settle, Settlement } from './settlement.ts';
import { shareOf } from './share.ts';

const DEFAULT_MAX_BUCKETS = 100_000;

export interface LocalSharesOptions {
  /** How many processes share the limits right now, as last known; at least 1. */
  readonly processes: () => number;
  /** Tells the store what was admitted without it. */
  readonly settle: Settle;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxBuckets?: number;
}

class KnownRow implements Debtor {
  check: LimitCheck;
  state: LimitState;
  /** Whether it stands for this process's share; the store's own word is for all processes together. */
  local = false;
  /** Admitted locally, and the store does not know of it. */
  owed = 0;
  /** What the store told last of what is available to all; Infinity where it never did. */
  told = Number.POSITIVE_INFINITY;
  toldAtMs = 0;
  /** Taken out of the store with its last word. */
  taken = 0;

  constructor(check: LimitCheck, state: LimitState) {
    this.check = check;
    this.state = state;
  }
}

export class LocalShares {
  readonly #options: LocalSharesOptions;
  readonly #count: CountDecision;
  readonly #countFallback: (value: number) => void;
  readonly #table: LimitTable<KnownRow>;
  readonly #epoch: EpochClock;
  readonly #settlement: Settlement<KnownRow>;
  readonly #gauge: (value: number) => void;
  #away = false;

  constructor(options: LocalSharesOptions) {
    this.#options = options;
    this.#epoch = new EpochClock(options.clock);
    this.#count = decisionCounter(options.meter, 'local');
    this.#countFallback = options.meter.counter({
      name: 'frontdesk_limit_fallbacks_total',
      help: 'Decisions of limits that were taken locally because the shared store was gone',
      labels: [],
    });
    this.#gauge = options.meter.gauge({
      name: 'frontdesk_limit_local_limits',
      across: 'max',
      help: 'Limits that are decided locally now: the shared store is gone, or was until a moment ago',
      labels: [],
    });
    this.#settlement = new Settlement<KnownRow>({
      settle: options.settle,
      processes: () => this.shares,
      clock: options.clock,
      known: (row) => this.#known(row),
      missing: (row) => this.#missing(row),
      told: (row, available, isShared) => this.#told(row, available, isShared),
      done: () => this.#back(),
      maxRows: options.maxBuckets ?? DEFAULT_MAX_BUCKETS,
    });
    this.#table = new LimitTable({
      maxRows: options.maxBuckets ?? DEFAULT_MAX_BUCKETS,
      weightOf: (row) => row.state.weight,
      fullness: ({ state }, nowMs) => {
        state.advance(nowMs);
        return state.available() / state.spec.capacity;
      },
    });
  }

  /** How many processes share the limits, as last known. */
  get shares(): number {
    return Math.max(1, this.#options.processes());
  }

  /** Whether one of these is decided here for now, whether the store answers or not. */
  holdsAny(checks: readonly LimitCheck[]): boolean {
    if (this.#settlement.size === 0) return false;
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i];
      if (check && this.#table.get(joinKey(check.key))?.local === true) return true;
    }
    return false;
  }

  /** The store's own word on a limit: so much is available after `taken`. What is decided here does not change by it. */
  remember(check: LimitCheck, available: number, taken = 0): void {
    const { spec, key } = check;
    const nowMs = this.#now(spec);
    const name = joinKey(key);
    let row = this.#table.get(name);
    if (row?.local) return;
    const state = stateWith(spec, available, nowMs);
    if (row) {
      this.#table.weighed(state.weight - row.state.weight, nowMs);
      row.state = state;
      row.check = check;
    } else {
      row = new KnownRow(check, state);
      this.#table.add(name, row, nowMs);
    }
    row.told = available;
    row.toldAtMs = nowMs;
    row.taken = taken;
  }

  /** Tells the store what is owed, once and no more. */
  close(): Promise<void> {
    return this.#settlement.close();
  }

  /** Decides for the store that is gone, for the reason given; where none is, `holdsAny` said so. */
  take(checks: readonly LimitCheck[], tokens: number, error?: unknown): Decisions {
    if (!this.#away && error !== undefined) {
      this.#away = true;
      this.#options.logger.warn({ reason: reasonOf(error) }, 'limits are decided locally');
    }
    const { shares } = this;
    const rows = checks.map((check) => this.#row(check, shares));
    const needed = rows.map((row, i) => neededOf(tokens, checks[i]?.spec.capacity ?? 0, row.state));
    const had = rows.map((row, i) =>
      affords(row.state.available(), (needed[i] ?? tokens) * timesNamed(rows, i)),
    );
    const allowed = had.every(Boolean);
    const decisions = rows.map((row, i) => {
      if (allowed) {
        const before = row.state.weight;
        row.state.draw(tokens);
        row.owed += tokens;
        this.#table.weighed(row.state.weight - before, this.#epoch.now());
      }
      return row.state.decision(needed[i] ?? tokens, had[i] === true);
    });
    this.#count(allowed);
    this.#countFallback(1);
    return decisions;
  }

  #back(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#options.logger.info({}, 'limits are shared again');
  }

  #now(spec: LimitCheck['spec']): number {
    return this.#epoch.of(spec, this.#epoch.now());
  }

  #row(check: LimitCheck, shares: number): KnownRow {
    const { spec, key } = check;
    const nowMs = this.#now(spec);
    const share = shareOf(spec, shares);
    const name = joinKey(key);
    let row = this.#table.get(name);
    if (!row) {
      row = new KnownRow(check, newState(share, nowMs));
      this.#table.add(name, row, nowMs);
    } else if (row.local) {
      row.state = underSpec(row.state, share, nowMs);
    } else {
      row.state = underSpec(row.state, spec, nowMs);
      row.state.advance(nowMs);
      // The others have taken since then what this one took, for all that is known.
      const others = Math.min(row.taken * (shares - 1), row.state.available());
      if (others > 0) row.state.draw(others);
      row.state.divide(shares);
    }
    row.check = check;
    row.state.advance(nowMs);
    if (row.local) return row;
    row.local = true;
    this.#settlement.add(row);
    this.#gauge(this.#settlement.size);
    return row;
  }

  #known({ check, told, toldAtMs, taken }: KnownRow) {
    const { spec } = check;
    const most = Math.min(spec.capacity, told + Math.max(0, this.#now(spec) - toldAtMs) * spec.refillPerMs);
    return { most, known: Math.max(0, most - taken * (this.shares - 1)) };
  }

  #missing({ check, state }: KnownRow): number {
    state.advance(this.#now(check.spec));
    return Math.max(0, state.spec.capacity - state.available());
  }

  #told(row: KnownRow, available: number | undefined, isShared: boolean): void {
    const { check, state } = row;
    if (available !== undefined) {
      row.told = available;
      row.toldAtMs = this.#now(check.spec);
    }
    if (isShared) {
      row.local = false;
      if (available !== undefined) this.remember(check, available);
      this.#gauge(this.#settlement.size);
    } else if (available !== undefined && isTokenBucket(check.spec)) {
      // Others have drawn what would have been this process's.
      state.advance(this.#now(check.spec));
      state.draw(Math.max(0, state.available() - Math.max(0, available)));
    }
  }
}

/** A cost that the whole limit could bear but a share cannot is taken from a full share, as a debt. */
function neededOf(asked: number, whole: number, share: LimitState): number {
  return asked > share.spec.capacity && asked <= whole ? share.spec.capacity : asked;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'detail' in error && typeof error.detail === 'string' ? error.detail : error.message;
}
