/** How a limit is drawn from a store that processes share: each draw by itself, or out of a lease. */
import { z } from 'zod';
import type { LimitSpec, Mode, TokenBucketSpec } from '../limiter.ts';

export const mode = z.enum(['exact', 'leased'], { error: 'expected exact or leased' });

/** Token buckets alone can be leased: windows and logs must know when each token was spent. */
export function isLeased(spec: LimitSpec, otherwise: Mode): spec is TokenBucketSpec {
  return isTokenBucket(spec) && (spec.mode ?? otherwise) === 'leased';
}

export function isTokenBucket(spec: LimitSpec): spec is TokenBucketSpec {
  return spec.algorithm === undefined || spec.algorithm === 'token-bucket';
}
