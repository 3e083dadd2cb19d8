/** Everything of one split, put together: one of them for each snapshot, over what outlives it. */
import type { Clock, Random } from '../../core/clock.ts';
import { compose, type Next } from '../../core/step.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { authorize } from '../authorize.ts';
import type { UpstreamMetrics } from '../breaker/observation.ts';
import type { UpstreamCall } from '../call.ts';
import type { UpstreamConfig } from '../config.ts';
import { mirror } from '../mirror/mirror.ts';
import { makeChoice } from './choice.ts';
import type { SplitConfig } from './config.ts';
import type { SplitRegistry } from './registry.ts';
import type { Rollout } from './rollout.ts';
import { split } from './split.ts';

export interface OpenSplitOptions {
  readonly configs: Readonly<Record<string, UpstreamConfig>>;
  readonly splits?: SplitRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Pick<UpstreamMetrics, 'mirrored'>;
  readonly chainOf: (upstream: string) => Next<UpstreamCall, UpstreamReply>;
}

export interface OpenedSplit {
  readonly chain: Next<UpstreamCall, UpstreamReply>;
  readonly rollout: Rollout;
  release(): Promise<void>;
}

export function openSplit(
  name: string,
  { scopes, mirror: copies }: Pick<UpstreamConfig, 'scopes' | 'mirror'>,
  config: SplitConfig,
  { configs, splits, clock, random, metrics, chainOf }: OpenSplitOptions,
): OpenedSplit {
  if (!splits) throw new TypeError('a split, and no registry for it');
  const [, ...others] = Object.values(config.sides);
  const places = others.map(({ upstream }) => {
    const { url, targets, discover } = configs[upstream] ?? {};
    return [url, targets, discover];
  });
  const { value: rollout, release } = splits.lease(name, config, places);
  const choose = makeChoice({ name, config, shares: () => rollout.shares, random });
  const steps = [
    scopes.length > 0 ? authorize(name, scopes) : undefined,
    copies && mirror({ name, config: copies, clock, random, mirrored: metrics.mirrored, chainOf }),
  ];
  const last = split({ name, config, choose, rollout, clock, metrics: splits.metrics, chainOf });
  return {
    chain: compose(
      steps.filter((step) => step !== undefined),
      last,
    ),
    rollout,
    release,
  };
}

/** Where a split serves a subgraph its sides do: identical queries in flight are one call there, unless a side says otherwise. */
export function withSharingSides(
  configs: Readonly<Record<string, UpstreamConfig>>,
): Readonly<Record<string, UpstreamConfig>> {
  const sharing = new Set<string>();
  for (const { split: parted, subgraph, share } of Object.values(configs)) {
    if (!parted || !(share ?? subgraph !== undefined)) continue;
    for (const { upstream } of Object.values(parted.sides)) sharing.add(upstream);
  }
  if (sharing.size === 0) return configs;
  return Object.fromEntries(
    Object.entries(configs).map(([name, config]) => [
      name,
      sharing.has(name) && config.share === undefined ? { ...config, share: true } : config,
    ]),
  );
}
