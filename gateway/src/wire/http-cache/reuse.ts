/** What a cache does with a request for which it holds a reply (RFC 9111 §4, §5.2.1, RFC 5861). */
import type { RequestDirectives } from './directives.ts';
import type { Freshness } from './freshness.ts';

export type Reuse =
  /** Answer with it. */
  | 'fresh'
  /** Answer with it although it is stale: the request allows it. */
  | 'stale'
  /** Answer with it, and have it confirmed meanwhile. */
  | 'stale-while-revalidate'
  /** The reply has to be confirmed first. */
  | 'validate'
  /** The client wants the backend's own word. */
  | 'validate-by-request';

export function reuseOf(freshness: Freshness, ageS: number, request: RequestDirectives): Reuse {
  if (request.noCache) return 'validate-by-request';
  if (freshness.directives.noCache === true) return 'validate';
  const { lifetimeS, neverStale } = freshness;
  if (request.maxAge !== undefined && ageS > request.maxAge && request.maxStale === undefined)
    return 'validate-by-request';
  if (lifetimeS > ageS) {
    if (request.minFresh === undefined || lifetimeS - ageS >= request.minFresh) return 'fresh';
    return 'validate-by-request';
  }
  if (neverStale) return 'validate';
  const overdueS = ageS - lifetimeS;
  if (request.maxStale !== undefined && overdueS <= request.maxStale) return 'stale';
  return overdueS < freshness.staleWhileRevalidateS ? 'stale-while-revalidate' : 'validate';
}

/** Whether a stale reply may stand in for an error now (RFC 5861 §4). */
export function maySurviveError(freshness: Freshness, ageS: number, request: RequestDirectives): boolean {
  if (freshness.neverStale || request.noCache) return false;
  const overdueS = ageS - freshness.lifetimeS;
  const windowS = Math.max(freshness.staleIfErrorS, request.staleIfError ?? 0);
  return windowS > 0 && overdueS <= windowS;
}

/** The statuses for which RFC 5861 §4 lets a stale reply stand in. */
export function isErrorStatus(status: number): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504;
}
