/**
 * `multipart/mixed` (RFC 2046 §5.1) as GraphQL clients read it: results of `@defer` (Apollo's `deferSpec=20220824`:
 * each part a result with `hasNext`) and of subscriptions (Apollo's multipart subscription protocol,
 * `subscriptionSpec=1.0`: each part `{"payload": …}`, heartbeats `{}`).
 *
 * The delimiter that ends a part is written with it rather than before the next: a reader then has the part whole at
 * once. So a stream opens with `MULTIPART_OPEN`, and its very last delimiter is the closing one.
 */

const BOUNDARY = '-';
const PART_HEAD = '\r\ncontent-type: application/json; charset=utf-8\r\n\r\n';

/** `Content-Type` of incremental delivery. */
export const DEFER_MEDIA_TYPE = `multipart/mixed; boundary="${BOUNDARY}"; deferSpec=20220824`;
/** `Content-Type` of a subscription. */
export const SUBSCRIPTION_MEDIA_TYPE = `multipart/mixed; boundary="${BOUNDARY}"; subscriptionSpec=1.0`;

/** What comes before the first part. */
export const MULTIPART_OPEN = `\r\n--${BOUNDARY}`;
/** What comes after the last part, where it was not known to be the last when it was written. */
export const MULTIPART_CLOSE = '--\r\n';

/** One part with the delimiter behind it; `last` closes the stream. */
export function multipartPart(json: string, last: boolean): string {
  return `${PART_HEAD}${json}\r\n--${BOUNDARY}${last ? MULTIPART_CLOSE : ''}`;
}

/** One event of a subscription. */
export function subscriptionPayload(json: string): string {
  return `{"payload":${json}}`;
}

/** The word on why a subscription ends that did not end by itself: the transport's errors, with no payload. */
export function subscriptionFailure(errors: string): string {
  return `{"payload":null,"errors":${errors}}`;
}

export const SUBSCRIPTION_HEARTBEAT = '{}';
