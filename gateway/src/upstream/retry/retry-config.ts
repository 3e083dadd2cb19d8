/** `upstreams.X.retry`, and `routes[].retry` which replaces parts of it for one route's calls. */
import { z } from 'zod';
import type { RetryError, RetryRules } from '../../core/upstream-call.ts';
import { durationMs } from '../../settings/settings.ts';
import { retryBudgetConfig } from './retry-budget.ts';

const RETRY_ERRORS: readonly RetryError[] = ['connect', 'refused', 'reset', 'invalid', 'timeout'];

const max = z.int().min(0).max(5).describe('Further attempts after the first; 0 for none');
const status = z.array(z.int().min(400).max(599)).describe('Replies that are worth another attempt');
const errors = z
  .array(z.enum(RETRY_ERRORS))
  .describe(
    'Ends without a reply that are worth one: connect, refused (nothing was done with it), reset, invalid, timeout',
  );
const methods = z
  .union(
    [
      z.literal('any'),
      z
        .array(z.string().regex(/^[A-Za-z]+$/, 'expected a method such as GET'))
        .transform((all) => all.map((one) => one.toUpperCase())),
    ],
    { error: 'expected any, or a list of methods such as [GET, HEAD]' },
  )
  .describe(
    'Methods that may be sent twice, of those that are idempotent or carry an Idempotency-Key; what was never sent goes again by any method',
  );
const backoff = durationMs.describe('Base of the full-jitter backoff');
const maxBackoff = durationMs.describe('Longest backoff');
const maxRetryAfter = durationMs.describe(
  'Longest Retry-After that is waited for; whoever asks for more gets no further attempt',
);
const minRemaining = durationMs.describe(
  'What must be left of the deadline for a further attempt: one that cannot end in time is load for nothing',
);

export const retryConfig = z
  .strictObject({
    max: max.default(1),
    status: status.default([502, 503, 504]),
    errors: errors.default([...RETRY_ERRORS]),
    methods: methods.default('any'),
    backoff: backoff.prefault('25ms'),
    maxBackoff: maxBackoff.prefault('250ms'),
    maxRetryAfter: maxRetryAfter.prefault('2s'),
    minRemaining: minRemaining.prefault('20ms'),
    budget: retryBudgetConfig.describe('Most retries, as a share of all calls'),
  })
  .prefault({});

/** The budget stays the upstream's: it is there to protect it, whoever asks. */
export const routeRetryConfig = z.strictObject({
  max: max.optional(),
  status: status.optional(),
  errors: errors.optional(),
  methods: methods.optional(),
  backoff: backoff.optional(),
  maxBackoff: maxBackoff.optional(),
  maxRetryAfter: maxRetryAfter.optional(),
  minRemaining: minRemaining.optional(),
});

export type RetryConfig = z.output<typeof retryConfig>;

/** The rules of one call: those of its causer where it says something, the upstream's for the rest. */
export function mergeRetry(own: RetryConfig, rules: RetryRules): RetryConfig {
  return {
    max: rules.max ?? own.max,
    status: [...(rules.status ?? own.status)],
    errors: [...(rules.errors ?? own.errors)],
    methods: rules.methods === undefined ? own.methods : ownMethods(rules.methods),
    backoff: rules.backoff ?? own.backoff,
    maxBackoff: rules.maxBackoff ?? own.maxBackoff,
    maxRetryAfter: rules.maxRetryAfter ?? own.maxRetryAfter,
    minRemaining: rules.minRemaining ?? own.minRemaining,
    budget: own.budget,
  };
}

function ownMethods(methods: 'any' | readonly string[]): RetryConfig['methods'] {
  return methods === 'any' ? methods : [...methods];
}
