/**
 * Which limits hold at one place for one caller: the one limit (of the plan on this route, else of the route, else of
 * the plan) and the policies of plan and route, once each. Worked out for each plan when a configuration is built, so that
 * a request looks up one set.
 */
import type { Identity } from '../../core/identity.ts';
import type { LimitSpec } from '../limiter.ts';
import { type Asker, isOfIdentity, limitKey, needsOperation, networkOf, type Place } from './dimensions.ts';
import { limitSpec } from './limit-config.ts';
import type { BucketOwner, Plan, PlanLimit, Plans, RouteLimitConfig } from './plans.ts';
import type { DrawnCost, PoliciesByName, Policy } from './policies.ts';

export interface CountRule {
  readonly spec: LimitSpec;
  readonly cost: DrawnCost;
  readonly keyOf: (asker: Asker, operation?: string) => string[];
}

export interface PlaceRule {
  /** What is told of it: its name and how many there are. */
  readonly spec: PlaceSpec;
  readonly keyOf: (asker: Asker) => string[];
}

export interface PlaceSpec {
  readonly name: string;
  readonly capacity: number;
  readonly refillPerMs: number;
  readonly unit: 'concurrent-requests';
}

export interface RuleSet {
  /** Drawn from together, when a request comes. */
  readonly counts: readonly CountRule[];
  /** Drawn from when it is known which GraphQL operation it is. */
  readonly operations: readonly CountRule[];
  readonly places: readonly PlaceRule[];
  /** Whether keys of `counts` are the same for all requests of one identity. */
  readonly isOfIdentity: boolean;
}

export interface RuleOptions extends Place {
  readonly plans: Plans;
  /** The route's own limit, in place of every plan's. */
  readonly routeLimit: RouteLimitConfig | undefined;
  /** All policies, for the names of plans. Default: none. */
  readonly policies?: PoliciesByName | undefined;
  /** The route's policies. Default: none. */
  readonly own?: readonly Policy[] | undefined;
}

export type RulesFor = (identity: Identity | undefined) => RuleSet | undefined;

/** Finds the rules that hold for an identity; `undefined` where no identity can have any. */
export function rulesAt(options: RuleOptions): RulesFor | undefined {
  const { plans, routeLimit, own = [] } = options;
  const unplanned = ruleSet(routeRule(options), own, options);
  const byPlan = new Map<string, RuleSet>();
  for (const plan of plans.byName.values()) {
    const named = plan.policies.map((name) => options.policies?.get(name)).filter((one) => one !== undefined);
    const set = ruleSet(mainRule(plan, options), [...new Set([...named, ...own])], options);
    if (set) byPlan.set(plan.name, set);
  }
  if (byPlan.size === 0) return unplanned && (() => unplanned);
  const anonymous = plans.anonymousPlan ? byPlan.get(plans.anonymousPlan.name) : unplanned;
  // A route's limit alone is the same for all plans.
  const isSame =
    routeLimit !== undefined && own.length === 0 && [...plans.byName.values()].every(saysNothing(options));
  if (isSame) return unplanned && (() => unplanned);
  return (identity) => {
    if (!identity) return anonymous;
    return identity.plan === undefined || !plans.byName.has(identity.plan)
      ? unplanned
      : byPlan.get(identity.plan);
  };
}

function saysNothing({ template }: Place): (plan: Plan) => boolean {
  return ({ policies, routes }) => policies.length === 0 && !routes.has(template);
}

interface MainRule extends CountRule {
  readonly per: BucketOwner;
}

function mainRule(plan: Plan, options: RuleOptions): MainRule | undefined {
  const here = plan.routes.get(options.template);
  if (!here && options.routeLimit !== undefined) return routeRule(options);
  return bucketRule(`plan.${plan.name}`, here ?? plan, options);
}

function routeRule(options: RuleOptions): MainRule | undefined {
  const { routeLimit } = options;
  if (routeLimit === undefined || routeLimit === 'unlimited') return undefined;
  return bucketRule('route', { spec: limitSpec('route', routeLimit), per: routeLimit.per }, options);
}

/** Each route has buckets of its own, and so has the same plan on another owner. */
function bucketRule(scope: string, { spec, per }: PlanLimit, { template }: Place): MainRule | undefined {
  if (!spec) return undefined;
  const ofConsumer = `${scope}.consumer`;
  const ofSubject = `${scope}.subject`;
  const ofAddress = `${scope}.address`;
  return {
    spec,
    per,
    cost: 'graphql',
    keyOf({ identity, address }) {
      if (!identity || per === 'address') return [ofAddress, networkOf(address), template];
      if (per === 'consumer' && identity.consumer !== undefined)
        return [ofConsumer, identity.consumer, template];
      // A caller whom no consumer stands for has a bucket of its own; two applications may each have a user of a name.
      return [ofSubject, identity.subject, template, identity.consumer ?? ''];
    },
  };
}

function ruleSet(main: MainRule | undefined, policies: readonly Policy[], place: Place): RuleSet | undefined {
  if (!main && policies.length === 0) return undefined;
  const counts: CountRule[] = main ? [main] : [];
  const operations: CountRule[] = [];
  const places: PlaceRule[] = [];
  let ofIdentity = main?.per !== 'address';
  for (const policy of policies) {
    const { name, scope, by } = policy;
    if (policy.kind === 'concurrency') {
      const spec = {
        name,
        capacity: policy.max,
        refillPerMs: Number.POSITIVE_INFINITY,
        unit: 'concurrent-requests',
      } as const;
      places.push({ spec, keyOf: (asker) => limitKey(scope, by, asker, place) });
      continue;
    }
    const { spec, cost } = policy;
    const keyOf = (asker: Asker, operation?: string) => limitKey(scope, by, asker, place, operation);
    if (needsOperation(by)) operations.push({ spec, cost, keyOf });
    else {
      counts.push({ spec, cost, keyOf });
      ofIdentity &&= isOfIdentity(by);
    }
  }
  return { counts, operations, places, isOfIdentity: ofIdentity };
}
