/** Everything that decides where the calls of one upstream go, put together: one of them for each snapshot. */
import type { Clock, Random } from '../../core/clock.ts';
import type { BreakerState } from '../breaker/breaker.ts';
import type { UpstreamMetrics } from '../breaker/observation.ts';
import type { Policy } from '../call.ts';
import type { UpstreamConfig } from '../config.ts';
import type { EndpointRegistry } from '../endpoints/endpoint-registry.ts';
import type { EndpointSet } from '../endpoints/endpoint-set.ts';
import type { Target } from '../endpoints/target.ts';
import { type BalanceOptions, balance } from './balance.ts';
import { makeBalancer } from './balance-config.ts';
import { Placement } from './placement.ts';

export interface BalancingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: UpstreamMetrics;
  readonly registry: EndpointRegistry;
  /** Where the gateway stands; `undefined` where nobody said. */
  readonly zone: string | undefined;
}

export interface Balancing {
  readonly policy: Policy;
  view(): EndpointView[];
  /** Sets the gauges that are too dear to keep up to date with every call. */
  measure(): void;
  /** Gives back what was leased. */
  release(): Promise<void>;
}

export function openBalancing(
  upstream: string,
  config: UpstreamConfig,
  set: EndpointSet,
  { clock, random, metrics, registry, zone }: BalancingOptions,
): Balancing {
  const { failovers, panics } = metrics.balancing;
  const strayed: BalanceOptions['strayed'] = (how) => {
    if (how === 'panic') panics(1, upstream);
    else failovers(1, upstream, how);
  };
  const placement = new Placement({
    set,
    epoch: registry.epoch,
    clock,
    random,
    config: config.balance,
    zone,
    onChange: (levels) => registry.news.placement(levels, upstream),
  });
  const outliers = config.outliers.enabled ? registry.outliers(upstream) : undefined;
  const stopWatching = outliers?.value.watch(set, config.outliers);
  const { by, decay, slowStart } = config.balance;
  const view = (): EndpointView[] => {
    // Weights are brought up to date when somebody asks.
    if (slowStart && set.targets.length > 1) void placement.levels;
    return set.targets.map((target) => viewOf(upstream, target, clock));
  };
  return {
    view,
    measure: () => {
      const endpoints = view();
      for (const { endpoint, inFlight, queued } of endpoints) {
        metrics.inFlight(inFlight, upstream, endpoint);
        metrics.queued(queued, upstream, endpoint);
      }
      if (config.bulkhead.concurrency) {
        for (const { endpoint } of set.targets)
          metrics.concurrencyLimit(endpoint.bulkhead.limit, upstream, endpoint.address);
      }
      if (!slowStart) return;
      for (const { endpoint, spec, weight } of set.targets)
        metrics.balancing.warmth(weight / spec.weight, upstream, endpoint.address);
    },
    policy: balance({
      set,
      placement,
      balancer: makeBalancer(config.balance, random),
      clock,
      rules: config.breaker,
      outliers: outliers?.value,
      latencyDecayMs: by === 'peak-ewma' ? decay : undefined,
      strayed,
    }),
    release: async () => {
      stopWatching?.();
      await outliers?.release();
    },
  };
}

/** An endpoint as operators see it. */
export interface EndpointView {
  readonly upstream: string;
  readonly endpoint: string;
  readonly zone: string | undefined;
  readonly priority: number;
  /** Its share of the calls, against the others' weights: less than what was configured while it warms up. */
  readonly weight: number;
  readonly breaker: BreakerState;
  /** `ejected` by outlier detection; what probes say otherwise, `unknown` where nobody probes. */
  readonly health: 'ejected' | 'healthy' | 'unhealthy' | 'unknown';
  /** RFC 3339; `undefined` unless it is ejected. */
  readonly ejectedUntil: string | undefined;
  readonly inFlight: number;
  readonly queued: number;
  /** How many calls it may carry at once now. */
  readonly limit: number;
  readonly available: boolean;
}

function viewOf(upstream: string, target: Target, clock: Clock): EndpointView {
  const { endpoint, spec, weight } = target;
  const { address, breakerState, bulkhead, available, health } = endpoint;
  const { ejectedUntilMs } = health;
  const until = ejectedUntilMs === undefined ? undefined : clock.wall() + ejectedUntilMs - clock.now();
  return {
    upstream,
    endpoint: address,
    zone: spec.zone,
    priority: spec.priority ?? 0,
    weight: Math.round(weight * 1000) / 1000,
    breaker: breakerState,
    health: ejectedUntilMs === undefined ? health.probed : 'ejected',
    ejectedUntil: until === undefined ? undefined : new Date(until).toISOString(),
    inFlight: bulkhead.inFlight,
    queued: bulkhead.queued,
    limit: bulkhead.limit,
    available,
  };
}
