/**
 * Plans: what a consumer may do in which time. `per` says whose bucket it is; `default` marks the plan of callers who
 * have none, `anonymous` the one of requests without an identity, whose bucket is their address's.
 */
import { z } from 'zod';
import { PRIORITIES, type Priority } from '../core/priority.ts';
import { name, scopes } from '../settings/settings.ts';
import { limitConfig, limitConfigWith, limitSpec, orUnlimited } from './limit-config.ts';
import type { LimitSpec } from './limiter.ts';

/** Whose bucket: the application's, each of its users' own, or the network address's. */
const bucketOwner = z.enum(['consumer', 'subject', 'address']);
export type BucketOwner = z.output<typeof bucketOwner>;

const limit = orUnlimited(limitConfig, '{ capacity: 100, refill: 100/min }');

const planConfig = z.strictObject({
  limit: limit.describe('A limit for each route, or unlimited'),
  per: bucketOwner.default('consumer').describe('Whose bucket it is'),
  priority: z
    .enum(['high', 'normal', 'low'])
    .optional()
    .describe('Whose calls go first, and are refused last, where a backend has not room for all; normal'),
  scopes: scopes.describe('Scopes that API keys of consumers on this plan have'),
  default: z.boolean().default(false).describe('The plan of authenticated callers who have none'),
  anonymous: z.boolean().default(false).describe('The plan of requests without an identity, per address'),
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
});

export type PlansConfig = z.output<typeof plansConfig>;

/** A route's own limit, which replaces that of every plan there. */
export const routeLimitConfig = orUnlimited(
  limitConfigWith({ per: bucketOwner.default('consumer').describe('Whose bucket it is') }),
  '{ capacity: 100, refill: 100/min, per: consumer }',
);

export type RouteLimitConfig = z.output<typeof routeLimitConfig>;

/** A plan as requests use it. */
export interface Plan {
  readonly name: string;
  /** `undefined`: unlimited. */
  readonly spec: LimitSpec | undefined;
  readonly per: BucketOwner;
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
    const plan: Plan = {
      name: planName,
      spec: entry.limit === 'unlimited' ? undefined : limitSpec(planName, entry.limit),
      per: entry.per,
      scopes: new Set(entry.scopes),
      priority: entry.priority && PRIORITIES[entry.priority],
    };
    byName.set(planName, plan);
    if (entry.default) defaultPlan = plan;
    if (entry.anonymous) anonymousPlan = plan;
  }
  return { byName, defaultPlan, anonymousPlan };
}
