/** Why a caller may not see a screen or a part, and what a required part's failure means for the screen. */
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';

/** `Retry-After` of a screen whose required part gave no word of its own, seconds. */
const DEFAULT_RETRY_AFTER_S = 1;

/**
 * What a required part's failure means for the screen: the caller's own fault (a missing scope, a spent limit)
 * stays what it is, since trying again would not help; anything else is 503 with `Retry-After`.
 */
export function screenFailure(name: string, failure: FrontdeskError): FrontdeskError {
  if (failure.code === 'part_failed' || (failure.status >= 400 && failure.status < 500)) return failure;
  return new FrontdeskError('part_failed', {
    cause: failure,
    detail: `part ${name}: ${failure.code}${failure.detail === undefined ? '' : `: ${failure.detail}`}`,
    retryAfterS: failure.retryAfterS ?? DEFAULT_RETRY_AFTER_S,
    members: { part: name },
  });
}

/** Why this caller may not see it; `undefined` where it may. */
export function refusalOf(
  { identity }: Pick<CallContext, 'identity'>,
  scopes: readonly string[],
  kind: 'screen' | 'part',
  name: string,
): FrontdeskError | undefined {
  if (scopes.length === 0) return undefined;
  if (!identity) return new FrontdeskError('unauthenticated');
  const missing = scopes.filter((scope) => !identity.scopes.has(scope));
  if (missing.length === 0) return undefined;
  return new FrontdeskError('insufficient_scope', { detail: `${kind} ${name} needs ${missing.join(' ')}` });
}
