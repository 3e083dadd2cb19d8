/** The limits of a route in words: what `routes` and `match` print. */
import type { Config } from '../config/schema.ts';
import type { Dimension } from '../limits/plans/dimensions.ts';
import { type LimitConfig, limitSpec } from '../limits/plans/limit-config.ts';
import { compilePlans, type Plan } from '../limits/plans/plans.ts';
import type { InlinePolicyConfig, PolicyConfig } from '../limits/plans/policy-config.ts';
import { type PlannedMount, templateOf } from './mount-plan.ts';

type Limited = Pick<PlannedMount, 'limit' | 'guards' | 'match'>;
type Limiting = Pick<Config, 'plans' | 'limits'>;

/** In short, for a column: the route's limit or whose it is, and the names of policies. */
export function limitText({ limit, guards }: Limited, { limits }: Limiting): string {
  const own =
    limit === undefined ? 'by plan' : limit === 'unlimited' ? limit : `${countOf(limit)} per ${limit.per}`;
  const named = (guards?.limitedBy ?? []).map((entry) => (typeof entry === 'string' ? entry : entry.name));
  return [own, ...named, ...(guards ? limits.everywhere : [])].join(', ');
}

/** One line for each limit that may hold, by whom it holds for. */
export function limitLines({ limit, guards, match }: Limited, { plans, limits }: Limiting): string[] {
  if (!guards) return [];
  const lines: string[] = [];
  for (const name of limits.everywhere) lines.push(`everybody: ${namedText(name, limits.policies)}`);
  if (limit !== undefined) {
    lines.push(`route: ${limit === 'unlimited' ? limit : `${limitWords(limit)} per ${limit.per}`}`);
  }
  for (const entry of guards.limitedBy) {
    const text =
      typeof entry === 'string' ? namedText(entry, limits.policies) : `${entry.name}: ${policyWords(entry)}`;
    lines.push(`route: ${text}`);
  }
  const template = templateOf(match);
  for (const plan of compilePlans(plans).byName.values()) {
    const own = planText(plan, template, limit !== undefined);
    if (own !== undefined) lines.push(`plan ${plan.name}: ${own}`);
    for (const name of plan.policies) lines.push(`plan ${plan.name}: ${namedText(name, limits.policies)}`);
  }
  return lines;
}

/** `undefined` where the route's own limit stands in its place. */
function planText(plan: Plan, template: string, hasOwn: boolean): string | undefined {
  const here = plan.routes.get(template);
  if (!here && hasOwn) return undefined;
  const { spec, per } = here ?? plan;
  if (!spec) return 'unlimited';
  return `${spec.capacity} ${spec.algorithm ?? 'token-bucket'} per ${per}${here ? ', on this route' : ''}`;
}

function namedText(name: string, policies: Readonly<Record<string, PolicyConfig>>): string {
  const policy = policies[name];
  return policy ? `${name}: ${policyWords(policy)}` : name;
}

function policyWords({ by, limit, quota, concurrency }: PolicyConfig | InlinePolicyConfig): string {
  const whose = byWords(by);
  if (concurrency) return `${concurrency.max} at once ${whose}`;
  if (quota) return `${quota.limit} a ${quota.window} ${whose}`;
  return limit ? `${limitWords(limit)} ${whose}` : whose;
}

function byWords(by: readonly Dimension[]): string {
  return by.length === 0 ? 'for all together' : `per ${by.join(' and ')}`;
}

function limitWords(limit: LimitConfig): string {
  return `${countOf(limit)} ${limit.algorithm ?? 'token-bucket'}`;
}

/** What may come at once: a bucket's capacity, a window's limit, a queue and the one that goes. */
function countOf(limit: LimitConfig): number {
  return limitSpec('', limit).capacity;
}
