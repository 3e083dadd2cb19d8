/**
 * Problem documents (RFC 9457): what a client reads when Frontdesk itself says no. Only what the table of
 * errors and the error's public `members` hold gets in; `detail` and causes stay out.
 */
import { WholeBody } from '../core/body.ts';
import type { ErrorCode, FrontdeskError } from '../core/errors.ts';
import { makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';

const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** The stable `type` of a code: `urn:frontdesk:problem:rate-limited`. */
export function problemType(code: ErrorCode): string {
  return `urn:frontdesk:problem:${code.replaceAll('_', '-')}`;
}

/** The document's members. Those of the error come first, so that they never replace a standard one. */
export function problemDetails(error: FrontdeskError, requestId: string): Record<string, unknown> {
  return {
    ...error.members,
    type: problemType(error.code),
    title: error.message,
    status: error.status,
    instance: `urn:frontdesk:request:${requestId}`,
    requestId,
  };
}

/** The document's header fields, flat: type, no caching, `Retry-After` (RFC 9110 §10.2.3), the error's own. */
export function problemFields(error: FrontdeskError): string[] {
  const flat = ['content-type', PROBLEM_MEDIA_TYPE, 'cache-control', 'no-store'];
  if (error.retryAfterS !== undefined) {
    flat.push('retry-after', String(Math.max(0, Math.ceil(error.retryAfterS))));
  }
  for (const [name, value] of error.headers) flat.push(name, value);
  return flat;
}

/** `error` as the reply to the request `requestId`. */
export function problemReply(error: FrontdeskError, requestId: string): Reply {
  const text = JSON.stringify(problemDetails(error, requestId));
  return makeReply(error.status, new HeaderFields(problemFields(error)), new WholeBody(text));
}
