/** Limits in this process's memory. With several processes, each admits its share of every limit. */
import type { Clock } from '../core/clock.ts';
import type { Meter } from '../core/meter.ts';
import { newState, underSpec } from './algorithms/algorithms.ts';
import { FixedWindow } from './algorithms/fixed-window.ts';
import { joinKey } from './bucket-key.ts';
import { affords, timesNamed } from './decision.ts';
import { type CountDecision, decisionCounter } from './decision-meter.ts';
import { EpochClock } from './epoch-clock.ts';
import { shareOf } from './leases/share.ts';
import { LimitTable } from './limit-table.ts';
import type { LimitCheck, LimitDecision, Limiter, LimitSpec, LimitState } from './limiter.ts';
import { isQuota, type QuotaJournal } from './quota-journal.ts';

const DEFAULT_MAX_BUCKETS = 100_000;

export interface MemoryLimiterOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  /** Processes that admit side by side without knowing of each other; 1 by default. */
  readonly shares?: number;
  readonly maxBuckets?: number;
  /** Where quotas of the calendar are kept over restarts. Default: nowhere. */
  readonly journal?: QuotaJournal | undefined;
  /** Entries that all of them keep together; see `LimitTable`. */
  readonly maxWeight?: number;
}

export class MemoryLimiter implements Limiter {
  readonly #clock: EpochClock;
  readonly #count: CountDecision;
  readonly #shares: number;
  readonly #journal: QuotaJournal | undefined;
  readonly #shared = new WeakMap<LimitSpec, LimitSpec>();
  readonly #table: LimitTable<LimitState>;
  /** The texts of keys that are asked for again and again: whoever asks keeps a caller's checks. */
  readonly #keys = new WeakMap<readonly string[], string>();

  constructor(options: MemoryLimiterOptions) {
    this.#clock = new EpochClock(options.clock);
    this.#count = decisionCounter(options.meter, 'memory');
    this.#shares = options.shares ?? 1;
    this.#journal = options.journal;
    this.#table = new LimitTable({
      maxRows: options.maxBuckets ?? DEFAULT_MAX_BUCKETS,
      ...(options.maxWeight === undefined ? {} : { maxWeight: options.maxWeight }),
      fullness,
      weightOf: (state) => state.weight,
    });
  }

  /** How many keys' limits are kept. */
  get size(): number {
    return this.#table.size;
  }

  /** What they keep together: one each, and an entry for each instant in a log. */
  get weight(): number {
    return this.#table.weight;
  }

  take(checks: readonly LimitCheck[], tokens: number): readonly LimitDecision[] {
    const nowMs = this.#clock.now();
    const [only] = checks;
    if (only && checks.length === 1) {
      const state = this.#state(only, nowMs);
      const allowed = affords(state.available(), tokens);
      if (allowed) this.#draw(only, state, tokens, nowMs);
      this.#count(allowed);
      return [state.decision(tokens, allowed)];
    }
    const states: LimitState[] = [];
    let allowed = true;
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i];
      if (!check) continue;
      const state = this.#state(check, nowMs);
      states.push(state);
      if (!affords(state.available(), tokens * timesNamed(states, states.length - 1))) allowed = false;
    }
    const decisions: LimitDecision[] = [];
    for (let i = 0; i < states.length; i += 1) {
      const state = states[i];
      const check = checks[i];
      if (!state || !check) continue;
      const had = affords(state.available(), tokens * timesNamed(states, i));
      if (allowed) this.#draw(check, state, tokens, nowMs);
      decisions.push(state.decision(tokens, allowed || had));
    }
    this.#count(allowed);
    return decisions;
  }

  #draw({ key }: LimitCheck, state: LimitState, tokens: number, nowMs: number): void {
    const { weight } = state;
    state.draw(tokens);
    if (this.#journal && state instanceof FixedWindow && isQuota(state.spec)) {
      this.#journal.note(this.#keys.get(key) ?? joinKey(key), state);
    }
    if (state.weight !== weight) this.#table.weighed(state.weight - weight, nowMs);
  }

  #state(check: LimitCheck, nowMs: number): LimitState {
    const spec = this.#shares === 1 ? check.spec : this.#shareOf(check.spec);
    const atMs = this.#clock.of(spec, nowMs);
    let key = this.#keys.get(check.key);
    if (key === undefined) {
      key = joinKey(check.key);
      this.#keys.set(check.key, key);
    }
    const known = this.#table.get(key);
    if (known) {
      // A changed plan keeps what was drawn: a reload never refills it.
      if (known.spec !== spec) return this.#changed(key, known, spec, atMs);
      const { weight } = known;
      known.advance(atMs);
      if (known.weight !== weight) this.#table.weighed(known.weight - weight, atMs);
      return known;
    }
    const recalled = this.#journal && isQuota(spec) ? this.#journal.recall(key, spec, atMs) : undefined;
    const state = recalled ?? newState(spec, atMs);
    this.#table.add(key, state, atMs);
    return state;
  }

  #changed(key: string, known: LimitState, spec: LimitSpec, nowMs: number): LimitState {
    const { weight } = known;
    const state = underSpec(known, spec, nowMs);
    state.advance(nowMs);
    this.#table.weighed(known.weight - weight, nowMs);
    if (state !== known) this.#table.replace(key, known, state);
    return state;
  }

  #shareOf(spec: LimitSpec): LimitSpec {
    let share = this.#shared.get(spec);
    if (!share) {
      share = shareOf(spec, this.#shares);
      this.#shared.set(spec, share);
    }
    return share;
  }
}

function fullness(state: LimitState, nowMs: number): number {
  state.advance(nowMs);
  return state.available() / state.spec.capacity;
}
