/** What an answer that is not kept, or an error, means for what is stored and for those who wait for a fetch. */
import { FrontdeskError } from '../../core/errors.ts';
import type { StoredReply } from './stored-reply.ts';

/**
 * Whether a reply that is not kept leaves nothing of the stored one: it is another, or there is none any more. What a
 * client may bring about by its own fields (400, 401, 429 …) ends nobody else's.
 */
export function replaces(status: number, { audience }: Pick<StoredReply, 'audience'>): boolean {
  if (status < 400) return status !== 304 && status !== 206;
  return status === 404 || status === 410 || (audience === 'identity' && (status === 401 || status === 403));
}

/** Refusals that say something of who asked, not of what was asked for. */
export function isLeadersOwn(error: unknown): boolean {
  if (!(error instanceof FrontdeskError)) return false;
  switch (error.code) {
    case 'upstream_limited':
    case 'invalid_credentials':
    case 'unauthenticated':
    case 'forbidden':
      return true;
    default:
      return false;
  }
}

/** Not our own refusals (limits, authorization), and not that the client left. */
export function isBackendsError(error: unknown): boolean {
  if (!(error instanceof FrontdeskError)) return false;
  const { code } = error;
  if (code === 'upstream_limited') return false;
  // A breaker that is open, or no room, says of the backend that it could not be asked.
  const isUnreachable = code === 'circuit_open' || code === 'bulkhead_full';
  return isUnreachable || code.startsWith('upstream_') || code === 'deadline_exceeded';
}
