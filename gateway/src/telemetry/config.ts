/** The `telemetry` section of the configuration. */
import { z } from 'zod';
import { accessLogConfig } from './access-log-config.ts';
import { tracesConfig } from './traces/config.ts';

export const telemetryConfig = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('The least severe event that is logged (on standard error)'),
    flood: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe(
        'Most events with one message that are logged in ten seconds; the rest is counted and told in one line',
      ),
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
    traces: tracesConfig.optional().describe('OpenTelemetry traces by OTLP/HTTP; none where this is not set'),
  })
  .prefault({});

export type TelemetryConfig = z.output<typeof telemetryConfig>;
