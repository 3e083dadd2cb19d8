/**
 * `multipart/mixed` (RFC 2046 §5.1) as GraphQL clients read it: results of `@defer` (Apollo's `deferSpec=20220824`:
 * each part a result with `hasNext`) and of subscriptions (Apollo's multipart subscription protocol,
 * `subscriptionSpec=1.0`: each part `{"payload": …}`, heartbeats `{}`).
 *
 * The delimiter that ends a part is written with it rather than before the next: a reader then has the part whole at
 * once. So a stream opens with `MULTIPART_OPEN`, and its very last delimiter is the closing one.
 */

const BOUNDARY = '-';
const JSON_TYPE = 'application/json; charset=utf-8';
const PART_HEAD = partHead(JSON_TYPE, []);

/** `Content-Type` of a body of parts, of no further protocol. */
export const MULTIPART_MEDIA_TYPE = `multipart/mixed; boundary="${BOUNDARY}"`;

/** `Content-Type` of incremental delivery. */
export const DEFER_MEDIA_TYPE = `multipart/mixed; boundary="${BOUNDARY}"; deferSpec=20220824`;
/** `Content-Type` of a subscription. */
export const SUBSCRIPTION_MEDIA_TYPE = `multipart/mixed; boundary="${BOUNDARY}"; subscriptionSpec=1.0`;

/** What comes before the first part. */
export const MULTIPART_OPEN = `\r\n--${BOUNDARY}`;
/** What comes after the last part, where it was not known to be the last when it was written. */
export const MULTIPART_CLOSE = '--\r\n';

type Fields = readonly (readonly [name: string, value: string])[];

function partHead(mediaType: string, fields: Fields): string {
  const lines = [['content-type', mediaType], ...fields].map(([name, value]) => `\r\n${name}: ${value}`);
  return `${lines.join('')}\r\n\r\n`;
}

const NO_FIELDS: Fields = [];

/** One part with the delimiter behind it; `last` closes the stream. `fields`: of its head, besides its type. */
export function multipartPart(
  json: string,
  last: boolean,
  fields: Fields = NO_FIELDS,
  mediaType: string = JSON_TYPE,
): string {
  const isPlain = fields.length === 0 && mediaType === JSON_TYPE;
  return `${isPlain ? PART_HEAD : partHead(mediaType, fields)}${json}\r\n--${BOUNDARY}${last ? MULTIPART_CLOSE : ''}`;
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
