/** `upstreams.X.outliers`: which endpoints are sent away for a while because of how they answer. Envoy's defaults. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

const successRate = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether endpoints are compared'),
    minimumHosts: z
      .int()
      .min(2)
      .max(10_000)
      .default(5)
      .describe('Endpoints with enough calls, or nobody is compared'),
    minimumCalls: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe('Calls of an endpoint between two sweeps, or it is not compared'),
    deviations: z
      .number()
      .min(0.1)
      .max(10)
      .default(1.9)
      .describe('Standard deviations below the mean success rate that make an outlier'),
  })
  .prefault({})
  .describe('Endpoints that succeed less often than the others');

const failurePercentage = z
  .strictObject({
    threshold: z.number().gt(0).max(100).default(85).describe('Percentage of failures that makes an outlier'),
    minimumHosts: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .describe('Endpoints with enough calls, or nobody is judged'),
    minimumCalls: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(50)
      .describe('Calls of an endpoint between two sweeps, or it is not judged'),
  })
  .describe('Endpoints that fail more often than this, whatever the others do; not judged by default');

const outlierSettings = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether endpoints are judged at all'),
    consecutive5xx: z
      .int()
      .min(0)
      .max(10_000)
      .default(5)
      .describe('Replies of 500 and above, and calls without an answer, in a row; 0: not judged'),
    consecutiveGatewayFailures: z
      .int()
      .min(0)
      .max(10_000)
      .default(5)
      .describe('Replies 502, 503 and 504, and calls without an answer, in a row; 0: not judged'),
    interval: durationMs.prefault('10s').describe('Between two sweeps'),
    ejectFor: durationMs
      .prefault('30s')
      .describe('How long the first time; the second time twice as long, and so on'),
    maxEjectFor: durationMs.prefault('300s').describe('Longest ejection'),
    maxEjected: z
      .number()
      .min(0)
      .max(100)
      .default(10)
      .describe('Most endpoints that are away at once, in percent; one always may be'),
    successRate,
    failurePercentage: failurePercentage.optional(),
  })
  .refine((config) => config.maxEjectFor >= config.ejectFor, {
    message: 'expected maxEjectFor to be no less than ejectFor',
    path: ['maxEjectFor'],
  })
  .refine((config) => config.interval > 0 && config.ejectFor > 0, {
    message: 'expected interval and ejectFor to be more than 0s',
    path: ['interval'],
  });

/** `true` and `false` stand for the settings with nothing but `enabled` in them. */
export const outlierConfig = z
  .union([z.boolean().transform((enabled) => outlierSettings.parse({ enabled })), outlierSettings])
  .prefault({})
  .describe(
    'Endpoints that answer badly are left alone for a while, never with one endpoint; `false` for none',
  );

export type OutlierConfig = z.output<typeof outlierConfig>;
