/** `bulkhead.concurrency`: a fixed limit, or one that follows the endpoint's latency. */
import { z } from 'zod';
import { durationMs } from '../../settings/settings.ts';

const settings = z.strictObject({
  min: z.int().min(1).max(10_000).default(4).describe('Calls in flight that are always allowed'),
  initial: z.int().min(1).max(100_000).default(20).describe('The limit to begin with'),
  tolerance: z
    .number()
    .min(1)
    .max(10)
    .default(1.5)
    .describe('How many times its least latency an endpoint may take before the limit falls'),
  window: durationMs.prefault('100ms').describe('Least time between two changes of the limit'),
  minSamples: z.int().min(1).max(1000).default(10).describe('Replies that a change of the limit is based on'),
  recalibrate: durationMs
    .prefault('60s')
    .describe('How often the least latency is measured anew; a tenth more or less, by chance'),
});

export type AdaptiveConfig = z.output<typeof settings>;

/** Without it `maxInFlight` alone holds. */
export const concurrencyConfig = z
  .union(
    [
      z.literal('fixed').transform((): undefined => undefined),
      z.literal('adaptive').transform((): AdaptiveConfig => settings.parse({})),
      settings,
    ],
    { error: 'expected fixed, adaptive, or settings such as { min: 4, tolerance: 2 }' },
  )
  .optional()
  .describe('fixed: maxInFlight; adaptive: a limit up to maxInFlight that follows the latency');
