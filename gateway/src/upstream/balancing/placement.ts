/**
 * Where the calls of an upstream may go now: its endpoints in levels (priorities, and the own zone before the others),
 * each with its part of the calls, without those that are ejected or ill, and with the weights of those that warm up.
 *
 * It is worked out when something has changed (the set, somebody's health, a breaker, the time of a slow start), not
 * with each call.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { EndpointSet } from '../endpoints/endpoint-set.ts';
import type { Target } from '../endpoints/target.ts';
import type { HealthEpoch } from '../health/health-epoch.ts';
import type { BalanceConfig } from './balance-config.ts';
import { levelShares } from './level-shares.ts';
import { slowStartFactor } from './slow-start.ts';

/** What calls that leave a level are said to go to. */
export type Beyond = 'zone' | 'priority';

export interface Level {
  readonly targets: readonly Target[];
  /** In the same order. */
  readonly streamTargets: readonly Target['forStreams'][];
  readonly share: number;
  readonly panic: boolean;
  /** Which step away from the first level it is; `undefined` for the first. */
  readonly beyond: Beyond | undefined;
}

interface Plan {
  readonly levels: readonly Level[];
  readonly targets: readonly Target[];
  readonly epoch: number;
  /** By the clock's `now`. */
  readonly untilMs: number;
}

export interface PlacementOptions {
  readonly set: EndpointSet;
  readonly epoch: HealthEpoch;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: BalanceConfig;
  /** Where the gateway stands; `undefined` where nobody said. */
  readonly zone: string | undefined;
  /** Told when the levels' parts or panics have changed. */
  readonly onChange?: (levels: readonly Level[]) => void;
}

/** Endpoints that came within this time of the first have nobody to lean on, and start with their whole share. */
const TOGETHER_MS = 1000;
/** While an endpoint warms up, its weight is brought up to date so many times. */
const SLOW_START_STEPS = 50;

export class Placement {
  readonly #options: PlacementOptions;
  #plan: Plan = { levels: [], targets: [], epoch: -1, untilMs: 0 };

  constructor(options: PlacementOptions) {
    this.#options = options;
  }

  get levels(): readonly Level[] {
    const { set, epoch, clock } = this.#options;
    const plan = this.#plan;
    if (plan.targets === set.targets && plan.epoch === epoch.value) {
      if (plan.untilMs === Number.POSITIVE_INFINITY || clock.now() < plan.untilMs) return plan.levels;
    }
    return this.#renew();
  }

  /** Which level a call asks first; `point` in [0, 1), drawn where the call has none of its own. */
  firstOf(levels: readonly Level[], point: number | undefined): number {
    if (levels.length < 2) return 0;
    let left = point ?? this.#options.random();
    let last = 0;
    for (const [i, { share }] of levels.entries()) {
      if (share === 0) continue;
      last = i;
      left -= share;
      if (left < 0) return i;
    }
    return last;
  }

  #renew(): readonly Level[] {
    const { set, epoch, clock, config, onChange } = this.#options;
    const { targets } = set;
    const nowMs = clock.now();
    const warmUntilMs = this.#warm(targets, nowMs);
    const groups = groupsOf(targets, config.zones === 'ignore' ? undefined : this.#options.zone);
    let untilMs = warmUntilMs;
    const health = groups.map((group) => {
      let total = 0;
      let healthy = 0;
      let usable = 0;
      for (const { spec, endpoint } of group.targets) {
        total += spec.weight;
        if (!endpoint.health.usable) continue;
        healthy += spec.weight;
        const waitMs = endpoint.breaker?.retryAfterMs ?? 0;
        if (waitMs > 0) untilMs = Math.min(untilMs, nowMs + waitMs);
        else usable += spec.weight;
      }
      return { total, healthy, usable };
    });
    const shares = levelShares(health, config.spill, config.panicBelow);
    const levels = groups.map((group, i) => {
      const { share = 0, panic = false } = shares[i] ?? {};
      const asked = panic ? group.targets : group.targets.filter(({ endpoint }) => endpoint.health.usable);
      const streamTargets = asked.map((target) => target.forStreams);
      return { targets: asked, streamTargets, share, panic, beyond: group.beyond };
    });
    const before = this.#plan.levels;
    this.#plan = { levels, targets, epoch: epoch.value, untilMs };
    if (onChange && !sameParts(before, levels)) onChange(levels);
    return levels;
  }

  /** Sets the weights of those that warm up. Returns when they must be set again. */
  #warm(targets: readonly Target[], nowMs: number): number {
    const { slowStart } = this.#options.config;
    if (!slowStart) return Number.POSITIVE_INFINITY;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { endpoint } of targets) firstMs = Math.min(firstMs, endpoint.health.cameAtMs);
    let warming = false;
    for (const target of targets) {
      const { cameAtMs } = target.endpoint.health;
      const factor = cameAtMs <= firstMs + TOGETHER_MS ? 1 : slowStartFactor(slowStart, nowMs - cameAtMs);
      target.setWarmth(factor);
      if (factor < 1) warming = true;
    }
    return warming ? nowMs + slowStart.for / SLOW_START_STEPS : Number.POSITIVE_INFINITY;
  }
}

interface Group {
  readonly targets: Target[];
  readonly beyond: Beyond | undefined;
}

/** By priority, the lowest number first; within one those of the own zone first, where there are any. */
function groupsOf(targets: readonly Target[], zone: string | undefined): Group[] {
  const byPriority = Map.groupBy(targets, ({ spec }) => spec.priority ?? 0);
  const priorities = [...byPriority.keys()].sort((a, b) => a - b);
  const groups: Group[] = [];
  for (const [i, priority] of priorities.entries()) {
    const all = byPriority.get(priority) ?? [];
    const farther = i === 0 ? undefined : 'priority';
    const near = zone === undefined ? [] : all.filter(({ spec }) => spec.zone === zone);
    const far = zone === undefined ? all : all.filter(({ spec }) => spec.zone !== zone);
    if (near.length > 0) groups.push({ targets: near, beyond: farther });
    if (far.length > 0)
      groups.push({ targets: far, beyond: farther ?? (near.length > 0 ? 'zone' : undefined) });
  }
  return groups;
}

function sameParts(before: readonly Level[], after: readonly Level[]): boolean {
  return (
    before.length === after.length &&
    after.every((level, i) => {
      const other = before[i];
      return other !== undefined && other.share === level.share && other.panic === level.panic;
    })
  );
}
