/** The `telemetry` section of the configuration. */
import { z } from 'zod';
import { sizeBytes } from '../settings/settings.ts';

const accessLogConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Write one JSON line for each request'),
    file: z.string().min(1).optional().describe('A file to append to; standard output where it is not set'),
    redact: z
      .array(z.string().min(1))
      .default([])
      .describe('Further query parameters whose values are secret, beside token, key, password and the like'),
    buffer: sizeBytes
      .prefault('8MiB')
      .describe('Most bytes that wait for a slow reader; further lines are dropped and counted'),
  })
  .prefault({});

export const telemetryConfig = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('The least severe event that is logged (on standard error)'),
    accessLog: accessLogConfig.describe('The access log'),
    metrics: z
      .strictObject({
        maxSeries: z
          .int()
          .min(10)
          .max(1_000_000)
          .default(2_000)
          .describe('Most series of one metric; what comes later counts under "other"'),
        exemplars: z
          .enum(['all', 'sampled', 'off'])
          .default('all')
          .describe(
            'Which traces stand as examples beside the buckets of latencies, where a scraper accepts OpenMetrics: all (each is found in the access log), sampled (those whose trace is recorded) or none',
          ),
      })
      .prefault({})
      .describe('Prometheus metrics'),
  })
  .prefault({});

export type TelemetryConfig = z.output<typeof telemetryConfig>;
