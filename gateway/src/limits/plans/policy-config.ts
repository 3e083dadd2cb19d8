/**
 * Limits by name (`limits.policies`): each counts by dimensions of its own, and plans, routes and the door refer to it.
 * A policy is a limit of any algorithm, a quota of the calendar, or a number of requests at once.
 */
import { z } from 'zod';
import { name } from '../../settings/settings.ts';
import { windowLimit } from '../algorithms/window-config.ts';
import { dimensionsConfig } from './dimensions.ts';
import { limitConfig } from './limit-config.ts';
import { mode } from './mode.ts';

const MAX_AT_ONCE = 1_000_000;

const quotaConfig = z.strictObject({
  limit: windowLimit.describe('Most in one window'),
  window: z.enum(['day', 'month'], { error: 'expected day or month' }).describe('Of the calendar, in UTC'),
});

const concurrencyConfig = z.strictObject({
  max: z.int().min(1).max(MAX_AT_ONCE).describe('Requests at once, in this process'),
});

const policyShape = {
  by: dimensionsConfig.describe(
    'Whose count: consumer, key, subject, tenant, address, route, upstream, operation, several together, or global',
  ),
  limit: limitConfig.optional().describe('A limit by any algorithm'),
  quota: quotaConfig.optional().describe('A quota of the calendar, kept over restarts'),
  concurrency: concurrencyConfig.optional().describe('How many at once, until the last byte of the answer'),
  cost: z
    .enum(['request', 'graphql'], { error: 'expected request or graphql' })
    .default('request')
    .describe('What is drawn: one for each request, or what a GraphQL operation costs too'),
};

type WrittenPolicy = z.output<ReturnType<typeof z.object<typeof policyShape>>>;

function oneKind(policy: WrittenPolicy, context: z.RefinementCtx): void {
  const { limit, quota, concurrency, by, cost } = policy;
  const kinds = [limit, quota, concurrency].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) {
    context.addIssue({ code: 'custom', message: 'expected one of limit, quota and concurrency' });
  }
  if (!concurrency && by.includes('operation') && cost === 'graphql') {
    context.addIssue({
      code: 'custom',
      path: ['cost'],
      message: 'operations are counted one by one: expected request',
    });
  }
  if (concurrency && (by.includes('operation') || cost === 'graphql')) {
    context.addIssue({
      code: 'custom',
      path: [by.includes('operation') ? 'by' : 'cost'],
      message: 'requests at once are counted before an operation is known: expected a limit or a quota',
    });
  }
}

/** One entry of `limits.policies`. */
export const policyConfig = z.strictObject(policyShape).superRefine(oneKind);

/** A policy that stands where it holds, with its name. */
const inlinePolicyConfig = z
  .strictObject({ name: name.describe('As clients are told of it'), ...policyShape })
  .superRefine(oneKind);

export type PolicyConfig = z.output<typeof policyConfig>;
export type InlinePolicyConfig = z.output<typeof inlinePolicyConfig>;

const names = z.array(name).default([]);

/** On a plan: names alone. */
export const planPoliciesConfig = names;

/** On a route, the graph or a BFF: names, or policies of its own. */
export const routePoliciesConfig = z
  .array(
    z.union([name, inlinePolicyConfig], {
      error: ({ input, code, errors }) => {
        const issue = code === 'invalid_union' ? errors.at(-1)?.[0] : undefined;
        if (typeof input !== 'object' || input === null || !issue)
          return 'expected a name under limits.policies, or a policy such as { name: burst, by: [consumer], limit: … }';
        return [...issue.path.map(String), issue.message].join(': ');
      },
    }),
  )
  .default([]);

export type RoutePoliciesConfig = z.output<typeof routePoliciesConfig>;

export const limitsConfig = z
  .strictObject({
    mode: mode
      .default('leased')
      .describe(
        'exact asks the shared store for every request; leased draws batches of tokens and spends them here. For limits that do not say',
      ),
    policies: z
      .record(name, policyConfig)
      .default({})
      .describe('Limits by name, for plans, routes and the door'),
    everywhere: names.describe(
      'Policies by address or global that every request draws from, before its route and its caller are known; none by default',
    ),
  })
  .prefault({});

export type LimitsConfig = z.output<typeof limitsConfig>;
