/** Lets fields with `@rateLimit` draw from the limits that everything else draws from. */
import type { DrawField, FieldLimit } from '../handlers/bff/field-limits.ts';
import type { Limiter, TokenBucketSpec } from '../limits/limiter.ts';

/** As metrics name them all. */
const NAME = 'rateLimit';

export function fieldDraws(limiter: Limiter): DrawField {
  const specs = new WeakMap<FieldLimit, TokenBucketSpec>();
  return async (limit, key, tokens) => {
    let spec = specs.get(limit);
    if (!spec) {
      spec = { algorithm: 'token-bucket', name: NAME, ...limit };
      specs.set(limit, spec);
    }
    const [decision] = await limiter.take([{ spec, key }], tokens);
    return decision ?? { allowed: true, remaining: 0, retryAfterMs: 0 };
  };
}
