/**
 * Takes members out of a backend's reply. It fails closed: a body that may hold them and cannot be read (encoded,
 * a part, not JSON, too large) is refused, whatever content type it claims.
 */
import { collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { UpstreamReply } from '../core/upstream-call.ts';
import type { JsonStripper } from './json/json-strip.ts';

/** Fields that speak of the bytes as they were. */
const OF_THE_OLD_BYTES: ReadonlySet<string> = new Set([
  'content-length',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
  'content-range',
]);

/** Rejects with `upstream_invalid` or `upstream_too_large`, or with what broke the reply. */
export async function stripReply(
  reply: UpstreamReply,
  strip: JsonStripper,
  maxBytes: number,
): Promise<UpstreamReply> {
  const { status, headers, body, settled } = reply;
  const coding = headers.get('content-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    const error = unreadable(`its content-encoding is ${coding}`);
    body.discard(error);
    throw error;
  }
  const bytes = await collect(body, maxBytes, tooLarge);
  headers.filter((name) => !OF_THE_OLD_BYTES.has(name));
  if (bytes.length === 0) return { status, headers, body: new WholeBody(bytes), settled };
  const stripped = strip(bytes);
  if (!stripped) throw unreadable('its body is not JSON');
  headers.set('content-length', String(stripped.length));
  return { status, headers, body: new WholeBody(stripped), settled };
}

function unreadable(why: string): FrontdeskError {
  return new FrontdeskError('upstream_invalid', {
    detail: `members must be stripped from this reply, but ${why}`,
  });
}

function tooLarge(maxBytes: number): FrontdeskError {
  return new FrontdeskError('upstream_too_large', {
    detail: `members cannot be stripped past ${maxBytes} bytes`,
  });
}
