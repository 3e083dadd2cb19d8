/** A limit as people write it, of whatever algorithm; the token bucket's where none is named. */
import { z } from 'zod';
import { fixedWindowConfig, fixedWindowSpec } from './fixed-window.ts';
import { leakyBucketConfig, leakyBucketSpec } from './leaky-bucket.ts';
import type { LimitSpec } from './limiter.ts';
import { slidingLogConfig, slidingLogSpec } from './sliding-log.ts';
import { slidingWindowConfig, slidingWindowSpec } from './sliding-window.ts';
import { bucketConfig, bucketSpec } from './token-bucket.ts';

/** Each algorithm's own words, for those who add keys to them. */
export const limitShapes = [
  bucketConfig,
  slidingWindowConfig,
  slidingLogConfig,
  fixedWindowConfig,
  leakyBucketConfig,
] as const;

export const unknownAlgorithm =
  'expected the algorithm token-bucket, sliding-window, sliding-log, fixed-window or leaky-bucket';

export const limitConfig = z.discriminatedUnion('algorithm', limitShapes, { error: unknownAlgorithm });

export type LimitConfig = z.output<typeof limitConfig>;

export function limitSpec(name: string, config: LimitConfig): LimitSpec {
  switch (config.algorithm) {
    case 'leaky-bucket':
      return leakyBucketSpec(name, config);
    case 'fixed-window':
      return fixedWindowSpec(name, config);
    case 'sliding-window':
      return slidingWindowSpec(name, config);
    case 'sliding-log':
      return slidingLogSpec(name, config);
    default:
      return bucketSpec(name, config);
  }
}
