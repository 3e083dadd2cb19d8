/**
 * How a split stands: the shares that hold now, by what was configured, by its steps, by an operator's word or by a
 * rollback. It outlives snapshots, so a reload that does not touch the split moves no step and lifts no rollback.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Verdict } from '../breaker/verdict.ts';
import { type Reason, whyWorse } from './comparison.ts';
import type { SplitConfig } from './config.ts';
import type { SplitMetrics } from './metrics.ts';
import { beginningOf, LONGEST_WAIT_MS, stepAt } from './schedule.ts';
import type { SplitWord } from './shared-splits.ts';
import { configuredShares } from './shares.ts';
import { SideWindow } from './side-window.ts';

export interface RolloutOptions {
  readonly name: string;
  readonly config: SplitConfig;
  readonly clock: Clock;
  readonly metrics: SplitMetrics;
  readonly logger: Logger;
  /** Tells other processes; whether that worked. Default: there are none. */
  readonly tell?: ((word: SplitWord) => Promise<boolean>) | undefined;
}

/** A side as operators see it. */
export interface SideView {
  readonly side: string;
  readonly upstream: string;
  readonly share: number;
  /** `rolled back` and `set` hold until an operator says `resume`. */
  readonly by: 'configuration' | 'steps' | 'set' | 'rolled back';
  /** Why it was rolled back, where it was. */
  readonly reason?: Reason | 'operator';
  /** In the window of the rollback's comparison. */
  readonly calls?: number;
  readonly failures?: number;
}

export interface SplitView {
  readonly split: string;
  readonly sides: readonly SideView[];
  /** Counted from 1; 0 before the first. Of a split with steps. */
  readonly step?: number;
  readonly steps?: number;
  /** RFC 3339; `undefined` where none will come or they are halted. */
  readonly nextStepAt?: string | undefined;
}

/** What an operator, or a comparison, says of a side. */
interface Override {
  readonly share: number;
  readonly rolledBack: Reason | 'operator' | undefined;
}

export type Decision =
  | { readonly kind: 'rollback' }
  | { readonly kind: 'resume' }
  /** A part of all calls, from 0 to 1. */
  | { readonly kind: 'weight'; readonly share: number };

export class Rollout {
  /** What holds now; adds up to 1. A new array after each change. */
  shares: readonly number[];
  readonly sides: readonly string[];
  readonly name: string;
  readonly #options: RolloutOptions;
  readonly #configured: readonly number[];
  readonly #overrides: (Override | undefined)[];
  readonly #windows: readonly SideWindow[] | undefined;
  /** Calls of each side since both were compared last. */
  readonly #unseen: number[];
  #step = -1;
  /** On the monotonic clock: when the first step began or will. */
  #beganAt = 0;
  #nextAt: number | undefined;
  #disarm: (() => void) | undefined;
  #speaks = false;
  #hasCalls = false;
  #told: Promise<boolean> | undefined;

  constructor(options: RolloutOptions) {
    const { config, clock } = options;
    this.#options = options;
    this.name = options.name;
    this.sides = Object.keys(config.sides);
    this.#configured = configuredShares(Object.values(config.sides));
    this.#overrides = this.sides.map(() => undefined);
    this.#unseen = this.sides.map(() => 0);
    const { rollback } = config;
    this.#windows = rollback && this.sides.map(() => new SideWindow(rollback.window));
    this.shares = this.#configured;
    this.#beganAt = clock.now() + (config.startAt === undefined ? 0 : config.startAt - clock.wall());
    this.#turn();
    this.#tell();
  }

  /** What became of a call that nobody forced to its side. */
  judge(side: number, verdict: Verdict, latencyMs: number | undefined): void {
    if (!this.#hasCalls) this.#begin();
    const { rollback } = this.#options.config;
    const window = this.#windows?.[side];
    const stable = this.#windows?.[0];
    if (!rollback || !window || !stable || verdict === 'none') return;
    const now = this.#options.clock.now();
    window.add(now, verdict === 'failure', latencyMs);
    if (side === 0 || this.#overrides[side]?.rolledBack !== undefined) return;
    this.#unseen[side] = (this.#unseen[side] ?? 0) + 1;
    if ((this.#unseen[side] ?? 0) < rollback.minimumCalls / 10) return;
    this.#unseen[side] = 0;
    stable.advance(now);
    const reason = whyWorse(rollback, window, stable);
    if (reason) this.#rollBack(side, reason);
  }

  /** `side` is not the first. False where the shares would add up to more than everything. */
  decide(side: number, decision: Decision): boolean {
    this.#told = undefined;
    if (decision.kind === 'rollback') this.#rollBack(side, 'operator');
    else if (decision.kind === 'resume') {
      this.#resume(side);
      const { config, clock } = this.#options;
      const elapsedMs = config.steps && clock.now() - this.#beganAt;
      this.#say({ kind: 'resume', side, elapsedMs });
    } else {
      if (!this.#fits(side, decision.share)) return false;
      this.#set(side, decision.share);
      this.#say({ kind: 'set', side, share: decision.share });
    }
    return true;
  }

  /**
   * Whether all processes have, or will have, what was decided here last; `undefined` where there are no others, or nothing
   * was to be told.
   */
  get told(): Promise<boolean> | undefined {
    return this.#told;
  }

  /** What another process decided, or one before this one, so long ago. */
  hear(word: SplitWord, ageMs: number): void {
    const { config, clock } = this.#options;
    if (word.kind === 'began') {
      if (config.startAt !== undefined) return;
      this.#hasCalls = true;
      this.#beganAt = clock.now() - ageMs;
      this.#turn();
      this.#tell();
      return;
    }
    const { side } = word;
    if (side >= this.sides.length) return;
    if (word.kind === 'rollback') this.#rollBack(side, word.reason, true);
    else if (word.kind === 'resume') this.#resume(side, (word.elapsedMs ?? 0) + ageMs);
    else this.#set(side, word.share);
  }

  view(): SplitView {
    const { name, config, clock } = this.#options;
    const now = clock.now();
    const sides = this.sides.map((side, i): SideView => {
      const rolledBack = this.#overrides[i]?.rolledBack;
      const window = this.#windows?.[i];
      window?.advance(now);
      return {
        side,
        upstream: config.sides[side]?.upstream ?? '',
        share: this.shares[i] ?? 0,
        by: this.#source(i),
        ...(rolledBack === undefined ? {} : { reason: rolledBack }),
        ...(window ? { calls: window.calls, failures: window.failures } : {}),
      };
    });
    if (!config.steps) return { split: name, sides };
    const nextStepAt =
      this.#nextAt === undefined ? undefined : new Date(clock.wall() + this.#nextAt - now).toISOString();
    return { split: name, sides, step: this.#step + 1, steps: config.steps.length, nextStepAt };
  }

  /** Keeps the gauges of the split from now on; another of its name no longer does. */
  speak(): void {
    this.#speaks = true;
    this.#tell();
  }

  /** Another of its name keeps the gauges. */
  quiet(): void {
    if (!this.#speaks) return;
    this.#speaks = false;
    const { name, metrics } = this.#options;
    for (const side of this.sides) {
      metrics.share(Number.NaN, name, side);
      metrics.rolledBack(Number.NaN, name, side);
    }
  }

  close(): void {
    this.#halt();
    this.quiet();
  }

  #source(side: number): SideView['by'] {
    const override = this.#overrides[side];
    if (override) return override.rolledBack === undefined ? 'set' : 'rolled back';
    return this.#options.config.steps && side === 1 ? 'steps' : 'configuration';
  }

  /** The first call: from now on the steps go, everywhere. */
  #begin(): void {
    this.#hasCalls = true;
    const { config, tell } = this.#options;
    if (config.steps && config.startAt === undefined) void tell?.({ kind: 'began' });
  }

  #say(word: SplitWord): void {
    this.#told = this.#options.tell?.(word);
  }

  /** `heard`: another process has seen to it that all know. */
  #rollBack(side: number, rolledBack: Reason | 'operator', heard = false): void {
    const { name, metrics, logger } = this.#options;
    if (this.#overrides[side]?.rolledBack !== undefined) return;
    this.#overrides[side] = { share: 0, rolledBack };
    this.#halt();
    if (!heard) this.#say({ kind: 'rollback', side, reason: rolledBack });
    const kind = rolledBack === 'operator' ? rolledBack : rolledBack.kind;
    metrics.rollbacks(1, name, this.sides[side] ?? '', kind);
    logger.warn(
      { split: name, side: this.sides[side], reason: rolledBack },
      'a side of a split was rolled back',
    );
    this.#tell();
  }

  #fits(side: number, share: number): boolean {
    const others = this.shares.reduce((sum, one, i) => (i === 0 || i === side ? sum : sum + one), 0);
    // Shares are sums of fractions: the last digits are not meant.
    return others + share <= 1 + 1e-9;
  }

  #set(side: number, share: number): void {
    const { name, logger } = this.#options;
    const before = this.#overrides[side];
    if (before && before.rolledBack === undefined && before.share === share) return;
    this.#forget(side);
    this.#overrides[side] = { share, rolledBack: undefined };
    this.#halt();
    logger.info({ split: name, side: this.sides[side], share }, 'the share of a side of a split was set');
    this.#tell();
  }

  /** Steps go on with the beginning of the one that was halted, or where another process says that they stand. */
  #resume(side: number, elapsedMs?: number): void {
    const { name, logger, config, clock } = this.#options;
    if (!this.#overrides[side] && elapsedMs === undefined) return;
    const wasHeld = this.#overrides[side] !== undefined;
    this.#overrides[side] = undefined;
    if (config.steps && side === 1 && elapsedMs !== undefined) this.#beganAt = clock.now() - elapsedMs;
    else if (config.steps && this.#step >= 0)
      this.#beganAt = clock.now() - beginningOf(config.steps, this.#step);
    if (!wasHeld) {
      this.#turn();
      this.#tell();
      return;
    }
    this.#forget(side);
    logger.info({ split: name, side: this.sides[side] }, 'a side of a split goes on');
    this.#turn();
    this.#tell();
  }

  /** What it did before a person decided must not be held against it. */
  #forget(side: number): void {
    this.#windows?.[side]?.clear();
    this.#unseen[side] = 0;
  }

  #halt(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#nextAt = undefined;
  }

  /** Takes the step that is due and waits for the next. */
  #turn(): void {
    const { config, clock, logger, name } = this.#options;
    this.#halt();
    if (!config.steps || this.#overrides[1]) return;
    const { index, nextInMs } = stepAt(config.steps, clock.now() - this.#beganAt);
    if (index !== this.#step) {
      this.#step = index;
      const step = { split: name, side: this.sides[1], step: index + 1, share: config.steps[index]?.weight };
      logger.info(step, 'a step of a split began');
    }
    if (nextInMs === undefined) return;
    this.#nextAt = clock.now() + nextInMs;
    this.#disarm = clock.after(Math.min(Math.ceil(nextInMs), LONGEST_WAIT_MS), () => {
      this.#turn();
      this.#tell();
    });
  }

  #tell(): void {
    const { name, metrics, config } = this.#options;
    const stepped = config.steps && (config.steps[this.#step]?.weight ?? 0);
    const shares = this.#configured.map(
      (share, i) => this.#overrides[i]?.share ?? (i === 1 ? stepped : undefined) ?? share,
    );
    shares[0] = Math.max(0, 1 - shares.reduce((sum, share, i) => (i === 0 ? sum : sum + share), 0));
    this.shares = shares;
    if (!this.#speaks) return;
    for (const [i, side] of this.sides.entries()) {
      metrics.share(shares[i] ?? 0, name, side);
      metrics.rolledBack(this.#overrides[i]?.rolledBack === undefined ? 0 : 1, name, side);
    }
  }
}
