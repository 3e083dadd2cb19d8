/**
 * Plans: what a consumer may do in which time. `per` says whose bucket it is; `default` marks the plan of callers who
 * have none, `anonymous` the one of requests without an identity, whose bucket is their address's.
 *
 * A plan that extends another has all of it but what it says itself; `default` and `anonymous` are each plan's own.
 * Which limit holds on a route: the plan's own word on that route (the nearest in the line of plans), else the route's,
 * else the plan's. Policies (`limitedBy`) come on top of it: those of the plan, of its bases and of the route, once each.
 */
import { z } from 'zod';
import { PRIORITIES, type Priority } from '../../core/priority.ts';
import { name } from '../../settings/settings.ts';
import type { LimitSpec } from '../limiter.ts';
import { type LimitConfig, limitConfig, limitConfigWith, limitSpec, orUnlimited } from './limit-config.ts';
import { planPoliciesConfig } from './policy-config.ts';

/** Whose bucket: the application's, each of its users' own, or the network address's. */
const bucketOwner = z.enum(['consumer', 'subject', 'address']);

export type BucketOwner = z.output<typeof bucketOwner>;

const EXAMPLE = '{ capacity: 100, refill: 100/min }';

const planRouteConfig = orUnlimited(
  limitConfigWith({ per: bucketOwner.optional().describe("Whose bucket it is; as the plan's") }),
  EXAMPLE,
);

const planConfig = z
  .strictObject({
    extends: name.optional().describe('The plan of which it has all that it does not say itself'),
    limit: orUnlimited(limitConfig, EXAMPLE)
      .optional()
      .describe('A limit for each route, or unlimited; unlimited where only `limitedBy` stands'),
    per: bucketOwner.optional().describe('Whose bucket it is; consumer'),
    routes: z
      .record(z.string(), planRouteConfig)
      .default({})
      .describe(
        "By a route's path as `frontdesk routes` shows it: the limit there, also in place of the route's own",
      ),
    limitedBy: planPoliciesConfig.describe("Names under limits.policies, beside the plan's limit"),
    priority: z
      .enum(['high', 'normal', 'low'])
      .optional()
      .describe('Whose calls go first, and are refused last, where a backend has not room for all; normal'),
    scopes: z
      .array(z.string().min(1))
      .optional()
      .describe('Scopes that API keys of consumers on this plan have'),
    default: z.boolean().default(false).describe('The plan of authenticated callers who have none'),
    anonymous: z.boolean().default(false).describe('The plan of requests without an identity, per address'),
  })
  .superRefine(({ extends: base, limit, limitedBy }, context) => {
    if (base !== undefined || limit !== undefined || limitedBy.length > 0) return;
    context.addIssue({
      code: 'custom',
      path: ['limit'],
      message: `expected unlimited, or a limit such as ${EXAMPLE}`,
    });
  });

export type PlanConfig = z.output<typeof planConfig>;

export const plansConfig = z.record(name, planConfig).superRefine((plans, context) => {
  for (const flag of ['default', 'anonymous'] as const) {
    const marked = Object.keys(plans).filter((key) => plans[key]?.[flag]);
    for (const extra of marked.slice(1)) {
      context.addIssue({
        code: 'custom',
        path: [extra, flag],
        message: `only one plan may be ${flag}: ${marked[0]} is already`,
      });
    }
  }
  for (const key of Object.keys(plans)) {
    if (!extendsItself(plans, key)) continue;
    context.addIssue({ code: 'custom', path: [key, 'extends'], message: 'leads back to this plan' });
  }
});

export type PlansConfig = z.output<typeof plansConfig>;

/** A route's own limit, which replaces that of every plan there. */
export const routeLimitConfig = orUnlimited(
  limitConfigWith({ per: bucketOwner.default('consumer').describe('Whose bucket it is') }),
  '{ capacity: 100, refill: 100/min, per: consumer }',
);

export type RouteLimitConfig = z.output<typeof routeLimitConfig>;

/** What a plan says of one route. */
export interface PlanLimit {
  /** `undefined`: unlimited. */
  readonly spec: LimitSpec | undefined;
  readonly per: BucketOwner;
}

/** A plan as requests use it. */
export interface Plan extends PlanLimit {
  readonly name: string;
  /** By a route's template, in place of the plan's and the route's own limit. */
  readonly routes: ReadonlyMap<string, PlanLimit>;
  /** Names of policies. */
  readonly policies: readonly string[];
  readonly scopes: ReadonlySet<string>;
  /** `undefined` where it says nothing. */
  readonly priority: Priority | undefined;
}

export interface Plans {
  readonly byName: ReadonlyMap<string, Plan>;
  readonly defaultPlan: Plan | undefined;
  readonly anonymousPlan: Plan | undefined;
}

export function compilePlans(config: PlansConfig): Plans {
  const byName = new Map<string, Plan>();
  let defaultPlan: Plan | undefined;
  let anonymousPlan: Plan | undefined;
  for (const [planName, entry] of Object.entries(config)) {
    const plan = compilePlan(planName, lineOf(config, planName));
    byName.set(planName, plan);
    if (entry.default) defaultPlan = plan;
    if (entry.anonymous) anonymousPlan = plan;
  }
  return { byName, defaultPlan, anonymousPlan };
}

/** The plan and those that it extends, itself first. */
function lineOf(config: PlansConfig, planName: string): readonly PlanConfig[] {
  const line: PlanConfig[] = [];
  let plan = config[planName];
  while (plan && !line.includes(plan)) {
    line.push(plan);
    plan = plan.extends === undefined ? undefined : config[plan.extends];
  }
  return line;
}

function extendsItself(plans: PlansConfig, key: string): boolean {
  const seen = new Set<string>();
  let at = plans[key]?.extends;
  while (at !== undefined && !seen.has(at)) {
    if (at === key) return true;
    seen.add(at);
    at = plans[at]?.extends;
  }
  return false;
}

function compilePlan(planName: string, line: readonly PlanConfig[]): Plan {
  const nearest = <Key extends keyof PlanConfig>(key: Key): PlanConfig[Key] | undefined =>
    line.find((plan) => plan[key] !== undefined)?.[key];
  const per = nearest('per') ?? 'consumer';
  const routes = new Map<string, PlanLimit>();
  for (const { routes: own } of [...line].reverse()) {
    for (const [template, limit] of Object.entries(own)) {
      const owner = limit === 'unlimited' ? per : (limit.per ?? per);
      routes.set(template, { spec: specOf(planName, limit), per: owner });
    }
  }
  const priority = nearest('priority');
  return {
    name: planName,
    spec: specOf(planName, nearest('limit')),
    per,
    routes,
    policies: [...new Set(line.flatMap(({ limitedBy }) => limitedBy))],
    scopes: new Set(nearest('scopes')),
    priority: priority && PRIORITIES[priority],
  };
}

function specOf(planName: string, limit: LimitConfig | 'unlimited' | undefined): LimitSpec | undefined {
  return limit === undefined || limit === 'unlimited' ? undefined : limitSpec(planName, limit);
}
