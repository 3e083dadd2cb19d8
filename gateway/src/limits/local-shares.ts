/**
 * Decides on this process's own while the shared store is gone. Each process takes its share: a bucket starts from the
 * last level that the store told, divided by the processes that were last known, and refills at the divided rate; one
 * that the store never spoke of starts as a full share. What was admitted meanwhile is remembered, so that the store can
 * be told when it is back.
 */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { newState, stateWith, underSpec } from './algorithms.ts';
import { joinKey } from './bucket-key.ts';
import { affords } from './decision.ts';
import { type CountDecision, decisionCounter } from './decision-meter.ts';
import { EpochClock } from './epoch-clock.ts';
import { LimitTable } from './limit-table.ts';
import type { Decisions, LimitCheck, LimitState } from './limiter.ts';
import { shareOf } from './share.ts';

const DEFAULT_MAX_BUCKETS = 100_000;

export interface LocalSharesOptions {
  /** How many processes share the limits right now, as last known; at least 1. */
  readonly processes: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxBuckets?: number;
}

interface KnownRow {
  state: LimitState;
  /** Whether it stands for this process's share; the store's own word is for all processes together. */
  local: boolean;
  /** Admitted locally, and the store does not know of it. */
  owed: number;
}

export class LocalShares {
  readonly #options: LocalSharesOptions;
  readonly #count: CountDecision;
  readonly #countFallback: (value: number) => void;
  readonly #table: LimitTable<KnownRow>;
  readonly #epoch: EpochClock;
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

  /** The store's own word on a limit: so much is available. */
  remember({ spec, key }: LimitCheck, available: number): void {
    this.#back();
    const nowMs = this.#now(spec);
    const name = joinKey(key);
    const known = this.#table.get(name);
    const state = stateWith(spec, available, nowMs);
    if (!known) {
      this.#table.add(name, { state, local: false, owed: 0 }, nowMs);
      return;
    }
    this.#table.weighed(state.weight - known.state.weight, nowMs);
    known.state = state;
    known.local = false;
  }

  /** What the store has to be told of a bucket. It is told once: if that fails, it is forgotten. */
  takeOwed(check: LimitCheck): number {
    const row = this.#table.get(joinKey(check.key));
    if (!row || row.owed === 0) return 0;
    const { owed } = row;
    row.owed = 0;
    return owed;
  }

  /** A telling that reached nobody: it is owed still. */
  oweAgain(check: LimitCheck, tokens: number): void {
    const row = this.#table.get(joinKey(check.key));
    if (row) row.owed += tokens;
  }

  /** Decides for the store that is gone, for the reason given. */
  take(checks: readonly LimitCheck[], tokens: number, error: unknown): Decisions {
    if (!this.#away) {
      this.#away = true;
      this.#options.logger.warn({ reason: reasonOf(error) }, 'limits are decided locally');
    }
    const { shares } = this;
    const rows = checks.map((check) => this.#row(check, shares));
    const needed = rows.map((row, i) => neededOf(tokens, checks[i]?.spec.capacity ?? 0, row.state));
    const had = rows.map((row, i) => affords(row.state.available(), needed[i] ?? tokens));
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

  #row({ spec, key }: LimitCheck, shares: number): KnownRow {
    const nowMs = this.#now(spec);
    const share = shareOf(spec, shares);
    const name = joinKey(key);
    let row = this.#table.get(name);
    if (!row) {
      row = { state: newState(share, nowMs), local: true, owed: 0 };
      this.#table.add(name, row, nowMs);
      return row;
    }
    if (!row.local) {
      row.state = underSpec(row.state, spec, nowMs);
      row.state.advance(nowMs);
      row.state.divide(shares);
      row.local = true;
    } else row.state = underSpec(row.state, share, nowMs);
    row.state.advance(nowMs);
    return row;
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
