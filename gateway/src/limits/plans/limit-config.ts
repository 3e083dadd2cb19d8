/** A limit as people write it, of whatever algorithm; the token bucket's where none is named. */
import { z } from 'zod';
import { fixedWindowConfig, fixedWindowSpec } from '../algorithms/fixed-window.ts';
import { leakyBucketConfig, leakyBucketSpec } from '../algorithms/leaky-bucket.ts';
import { slidingLogConfig, slidingLogSpec } from '../algorithms/sliding-log.ts';
import { slidingWindowConfig, slidingWindowSpec } from '../algorithms/sliding-window.ts';
import { bucketConfig, bucketSpec } from '../algorithms/token-bucket.ts';
import type { LimitSpec } from '../limiter.ts';

const unknownAlgorithm = {
  error:
    'expected the algorithm token-bucket, sliding-window, sliding-log, fixed-window or leaky-bucket; without one a limit is a token bucket, such as { capacity: 100, refill: 100/min }',
};

export const limitConfig = z.discriminatedUnion(
  'algorithm',
  [bucketConfig, slidingWindowConfig, slidingLogConfig, fixedWindowConfig, leakyBucketConfig],
  unknownAlgorithm,
);

export type LimitConfig = z.output<typeof limitConfig>;

/** The same with further keys, the same for each algorithm. */
export function limitConfigWith<Shape extends z.ZodRawShape>(more: Shape) {
  return z.discriminatedUnion(
    'algorithm',
    [
      z.strictObject({ ...bucketConfig.shape, ...more }),
      z.strictObject({ ...slidingWindowConfig.shape, ...more }),
      z.strictObject({ ...slidingLogConfig.shape, ...more }),
      z.strictObject({ ...fixedWindowConfig.shape, ...more }),
      z.strictObject({ ...leakyBucketConfig.shape, ...more }),
    ],
    unknownAlgorithm,
  );
}

/** A limit, or the word that there is none. What is wrong with a limit is said, not only that it is none. */
export function orUnlimited<Limit extends z.ZodType>(limit: Limit, example: string) {
  return z.union([z.literal('unlimited'), limit], {
    error: ({ input, code, errors }) => {
      const issue = code === 'invalid_union' ? errors.at(-1)?.[0] : undefined;
      if (typeof input !== 'object' || input === null || !issue)
        return `expected unlimited, or a limit such as ${example}`;
      return [...issue.path.map(String), issue.message].join(': ');
    },
  });
}

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
