/** Policies as requests use them: the spec that a store decides by, or the places of requests at once, and whose key. */

import { fixedWindowSpec } from '../algorithms/fixed-window.ts';
import type { LimitSpec } from '../limiter.ts';
import type { Dimension } from './dimensions.ts';
import { limitSpec } from './limit-config.ts';
import type { InlinePolicyConfig, PolicyConfig, RoutePoliciesConfig } from './policy-config.ts';

/** What a request draws: one, or the cost of its operation too. */
export type DrawnCost = 'request' | 'graphql';

interface AnyPolicy {
  readonly name: string;
  readonly by: readonly Dimension[];
  /** First part of its keys: unlike that of any other policy. */
  readonly scope: string;
}

export interface CountingPolicy extends AnyPolicy {
  readonly kind: 'count';
  readonly spec: LimitSpec;
  readonly cost: DrawnCost;
}

export interface ConcurrencyPolicy extends AnyPolicy {
  readonly kind: 'concurrency';
  readonly max: number;
}

export type Policy = CountingPolicy | ConcurrencyPolicy;

export type PoliciesByName = ReadonlyMap<string, Policy>;

export function compilePolicies(config: Readonly<Record<string, PolicyConfig>>): PoliciesByName {
  return new Map(
    Object.entries(config).map(([name, policy]) => [name, compile(`policy.${name}`, { name, ...policy })]),
  );
}

/** A route's policies, once each. Names that are not there have been refused with the configuration. */
export function routePolicies(
  written: RoutePoliciesConfig,
  known: PoliciesByName,
  template: string,
): readonly Policy[] {
  const found = written.map((entry) =>
    typeof entry === 'string' ? known.get(entry) : compile(`route.${template}.${entry.name}`, entry),
  );
  return [...new Set(found.filter((policy) => policy !== undefined))];
}

function compile(scope: string, config: InlinePolicyConfig): Policy {
  const { name, by, limit, quota, concurrency, cost } = config;
  const common = { name, by, scope };
  if (concurrency) return { kind: 'concurrency', ...common, max: concurrency.max };
  if (quota) {
    const spec = fixedWindowSpec(name, { algorithm: 'fixed-window', ...quota });
    return { kind: 'count', ...common, spec, cost };
  }
  // The schema lets nothing pass that is none of the three.
  if (!limit) throw new TypeError(`the policy ${name} limits nothing`);
  return { kind: 'count', ...common, spec: limitSpec(name, limit), cost };
}
