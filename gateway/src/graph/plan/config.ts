/** What of the `graph` section of the configuration concerns planning. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

/** Keys of the section itself, beside those of other concerns. */
export const plannerConfig = {
  planner: z
    .enum(['auto', 'hive', 'apollo'])
    .default('auto')
    .describe("who plans operations: auto asks Apollo's planner for what Hive's cannot do"),
  planBudget: durationMs.prefault('250ms').describe('the longest wait for a query plan'),
  apolloPlanBudget: durationMs.prefault('2s').describe("the longest wait for a plan of Apollo's planner"),
  overrides: z
    .record(
      z.string().regex(/^(?!percent\()/, 'percent(x) says its own share'),
      z.union([z.boolean(), z.number().min(0).max(100)]),
    )
    .default({})
    .describe('labels of @override that hold: always, never, or for this percentage of requests'),
  defer: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('answer @defer in several payloads to clients that take them'),
      timeout: durationMs
        .prefault('30s')
        .describe('the longest that deferred parts may take, from the beginning of their operation'),
      max: z.int().positive().default(20).describe('deferred fragments in one operation'),
    })
    .prefault({})
    .describe('@defer, and what deferred parts may take'),
};
