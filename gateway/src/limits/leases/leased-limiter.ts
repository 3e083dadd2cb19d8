/**
 * Spends leased tokens (lease.ts): most requests are decided here, at once, without a call. Who finds too few asks the
 * store for exactly what is missing and for a batch beyond it, sized for a tenth of a second at this process's own rate;
 * while that runs low, the next is asked for ahead. What is idle goes back. A refusal is the store's word, at
 * most a tenth of a second old. While the store is gone, leases are spent until they end, then `LocalShares` decides.
 *
 * Token buckets alone are leased; limits of other algorithms, and those whose mode is exact, are drawn exactly.
 */
import type { Clock } from '../../core/clock.ts';
import type { Meter } from '../../core/meter.ts';
import { allAllowed } from '../decision.ts';
import { type CountDecision, decisionCounter, type StoreLabel } from '../decision-meter.ts';
import type { Decisions, LimitCheck, LimitDecision, Limiter, Mode } from '../limiter.ts';
import { isLeased } from '../plans/mode.ts';
import type { LeaseSource } from './lease.ts';
import type { Outcome } from './lease-row.ts';
import { LeaseTable } from './lease-table.ts';
import type { LocalShares } from './local-shares.ts';

export interface LeasedLimiterOptions {
  readonly source: LeaseSource;
  /** For limits that are not leased. */
  readonly exact: Limiter;
  readonly local: LocalShares;
  /** Of limits that do not say. */
  readonly mode: Mode;
  /** This process, unlike any other. */
  readonly holder: string;
  readonly clock: Clock;
  readonly meter: Meter;
  /** The store that leases, as metrics name it. */
  readonly store: StoreLabel;
  readonly maxBuckets?: number;
}

export class LeasedLimiter implements Limiter {
  readonly #options: LeasedLimiterOptions;
  readonly #clock: Clock;
  readonly #mode: Mode;
  readonly #table: LeaseTable;
  readonly #countLease: CountDecision;
  readonly #countShared: CountDecision;

  constructor(options: LeasedLimiterOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#mode = options.mode;
    this.#table = new LeaseTable(options);
    this.#countLease = decisionCounter(options.meter, 'lease');
    this.#countShared = decisionCounter(options.meter, options.store);
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#table.size;
  }

  take(checks: readonly LimitCheck[], tokens: number): Decisions | Promise<Decisions> {
    const [only] = checks;
    if (only === undefined) return [];
    const nowMs = this.#clock.now();
    if (checks.length === 1) {
      if (!isLeased(only.spec, this.#mode)) return this.#options.exact.take(checks, tokens);
      const row = this.#table.row(only, nowMs);
      if (row.has(tokens, nowMs)) {
        this.#table.spend(row, tokens, nowMs);
        this.#countLease(true);
        return [row.decision(tokens, true, nowMs)];
      }
      if (this.#options.local.holdsAny(checks)) return this.#options.local.take(checks, tokens);
      if (row.lacks(tokens, nowMs)) {
        this.#countLease(false);
        return [row.decision(tokens, false, nowMs)];
      }
      return this.#takeSlowly(checks, tokens);
    }
    return this.#takeAtOnce(checks, tokens, nowMs) ?? this.#takeSlowly(checks, tokens);
  }

  /** Gives back what is held, as far as the store is there. */
  close(): Promise<void> {
    return this.#table.close();
  }

  /** Several limits, of which all can be decided here, or one refused. */
  #takeAtOnce(checks: readonly LimitCheck[], tokens: number, nowMs: number): Decisions | undefined {
    let enough = true;
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i];
      if (!check || !isLeased(check.spec, this.#mode)) return undefined;
      const row = this.#table.row(check, nowMs);
      // A limit that is named twice is paid twice, one after the other.
      for (let j = 0; j < i; j += 1)
        if (checks[j] && this.#table.row(checks[j] ?? check, nowMs) === row) return undefined;
      if (row.has(tokens, nowMs)) continue;
      if (!row.lacks(tokens, nowMs)) return undefined;
      enough = false;
    }
    const decisions = checks.map((check) => {
      const row = this.#table.row(check, nowMs);
      if (enough) this.#table.spend(row, tokens, nowMs);
      return row.decision(tokens, enough || !row.lacks(tokens, nowMs), nowMs);
    });
    this.#countLease(enough);
    return decisions;
  }

  /** Gathers the tokens of all limits, wherever they are; what was gathered for a refusal goes back. */
  async #takeSlowly(checks: readonly LimitCheck[], tokens: number): Promise<Decisions> {
    if (this.#options.local.holdsAny(checks)) return this.#options.local.take(checks, tokens);
    const leased = checks.filter((check) => isLeased(check.spec, this.#mode));
    const outcomes = await Promise.all(leased.map((check) => this.#gather(check, tokens)));
    const gone = outcomes.find((outcome) => 'gone' in outcome);
    if (gone && 'gone' in gone) {
      this.#release(leased, outcomes, tokens);
      return this.#options.local.take(checks, tokens, gone.gone);
    }
    let allowed = outcomes.every((outcome) => 'granted' in outcome && outcome.granted);
    const exact = checks.filter((check) => !isLeased(check.spec, this.#mode));
    // Where a lease is refused already the others are asked for their level alone.
    const others = exact.length === 0 ? [] : await this.#options.exact.take(exact, allowed ? tokens : 0);
    allowed &&= allAllowed(others);
    if (allowed) this.#keep(leased, outcomes, tokens);
    else this.#release(leased, outcomes, tokens);
    if (leased.length > 0) this.#countShared(allowed);
    return this.#inOrder(checks, { leased, outcomes, others, tokens });
  }

  #gather(check: LimitCheck, tokens: number): Outcome | Promise<Outcome> {
    const nowMs = this.#clock.now();
    const row = this.#table.row(check, nowMs);
    if (row.has(tokens, nowMs)) {
      this.#table.reserve(row, tokens, nowMs);
      return { granted: true, reserved: true };
    }
    return this.#table.ask(row, tokens);
  }

  #keep(leased: readonly LimitCheck[], outcomes: readonly Outcome[], tokens: number): void {
    leased.forEach((check, i) => {
      const outcome = outcomes[i];
      if (outcome && 'reserved' in outcome) this.#table.row(check, this.#clock.now()).reserved -= tokens;
    });
  }

  #release(leased: readonly LimitCheck[], outcomes: readonly Outcome[], tokens: number): void {
    leased.forEach((check, i) => {
      const outcome = outcomes[i];
      if (!outcome || 'gone' in outcome || !outcome.granted) return;
      this.#table.giveBack(this.#table.row(check, this.#clock.now()), tokens, outcome.reserved === true);
    });
  }

  #inOrder(
    checks: readonly LimitCheck[],
    found: {
      readonly leased: readonly LimitCheck[];
      readonly outcomes: readonly Outcome[];
      readonly others: Decisions;
      readonly tokens: number;
    },
  ): Decisions {
    const nowMs = this.#clock.now();
    const decisions: LimitDecision[] = [];
    let leasedIndex = 0;
    let otherIndex = 0;
    for (const check of checks) {
      if (isLeased(check.spec, this.#mode)) {
        const outcome = found.outcomes[leasedIndex];
        leasedIndex += 1;
        const had = outcome !== undefined && 'granted' in outcome && outcome.granted;
        decisions.push(this.#table.row(check, nowMs).decision(found.tokens, had, nowMs));
      } else {
        const decision = found.others[otherIndex];
        otherIndex += 1;
        if (decision) decisions.push(decision);
      }
    }
    return decisions;
  }
}
