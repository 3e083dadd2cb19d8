/** `upstreams.X.hedge`: when a call that takes long is asked a second time, somewhere else. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';
import { retryBudgetConfig } from './retry-budget.ts';

const QUANTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

const hedgeBudgetConfig = retryBudgetConfig
  .unwrap()
  .extend({
    ratio: z.number().min(0).max(1).default(0.1).describe('Second attempts as a share of the calls'),
    min: z
      .int()
      .min(0)
      .max(10_000)
      .default(1)
      .describe('Second attempts in ten seconds that are allowed however little traffic there is'),
  })
  .prefault({});

export const hedgeConfig = z.strictObject({
  after: z
    .union(
      [
        z.enum(['p50', 'p75', 'p90', 'p95', 'p99']).transform((name) => ({ quantile: QUANTILES[name] })),
        durationMs,
      ],
      {
        error: 'expected p50, p75, p90, p95 or p99, or a time such as 50ms',
      },
    )
    .prefault('p95')
    .describe(
      'How long the first attempt has for its head: a time, or what so many of the latest calls took',
    ),
  min: durationMs.prefault('5ms').describe('The shortest such time, however fast calls are'),
  minSamples: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('Calls that must have been observed before a quantile is believed'),
  to: z
    .enum(['another', 'any'])
    .default('another')
    .describe('another: only to another endpoint; any: to the same where there is no other'),
  methods: z
    .array(z.string().regex(/^[A-Za-z]+$/, 'expected a method such as GET'))
    .transform((all) => all.map((one) => one.toUpperCase()))
    .default(['GET', 'HEAD', 'OPTIONS', 'QUERY'])
    .describe('Methods that are sent twice, of the idempotent ones; queries of the graph always may be'),
  budget: hedgeBudgetConfig.describe('Most second attempts, as a share of all calls'),
});

export type HedgeConfig = z.output<typeof hedgeConfig>;
