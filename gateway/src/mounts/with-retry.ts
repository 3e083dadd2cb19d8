/** A route's own rules of trying again, for all its calls, whatever answers it. */
import type { CallUpstream, RetryRules } from '../core/upstream-call.ts';

/** A route without rules calls as it did. */
export function withRetry(callUpstream: CallUpstream, retry: RetryRules | undefined): CallUpstream {
  return retry === undefined ? callUpstream : (request) => callUpstream({ ...request, retry });
}
