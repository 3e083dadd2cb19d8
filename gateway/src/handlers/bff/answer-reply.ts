/**
 * A JSON answer of the REST face: `Frontdesk-Incomplete`, `Cache-Control`, and where it may be kept a strong entity tag,
 * by which a client that has it already is answered 304 (RFC 9110 §13, §15.4.5).
 */
import { createHash } from 'node:crypto';
import { emptyBody, WholeBody } from '../../core/body.ts';
import { type Exchange, makeReply, type Reply } from '../../core/exchange.ts';
import { HeaderFields } from '../../core/headers.ts';
import { isUnchanged, notModifiedFields } from '../../wire/http-cache/validation.ts';

export interface AnswerOptions {
  /** The names of what is missing or partial. */
  readonly incomplete: readonly string[];
  readonly cacheControl: string;
  /** Until what was refused may be asked for again, seconds. */
  readonly retryAfterS?: number | undefined;
  readonly vary?: readonly string[] | undefined;
}

export const NO_STORE = 'no-store';

export function answerReply(
  exchange: Pick<Exchange, 'headers' | 'method'>,
  value: unknown,
  { incomplete, cacheControl, retryAfterS, vary }: AnswerOptions,
): Reply {
  const fields = new HeaderFields(['content-type', 'application/json; charset=utf-8']);
  if (incomplete.length > 0) fields.append('frontdesk-incomplete', incomplete.join(', '));
  if (retryAfterS !== undefined) fields.append('retry-after', String(Math.ceil(retryAfterS)));
  return textReply(exchange, JSON.stringify(value), fields, { cacheControl, vary });
}

/** 200 with a text, or 304 for who has it already, where it may be kept at all. */
export function textReply(
  exchange: Pick<Exchange, 'headers'>,
  text: string,
  fields: HeaderFields,
  { cacheControl, vary }: Pick<AnswerOptions, 'cacheControl' | 'vary'>,
): Reply {
  fields.set('cache-control', cacheControl);
  if (vary && vary.length > 0) fields.append('vary', vary.join(', '));
  if (cacheControl === NO_STORE) return makeReply(200, fields, new WholeBody(text));
  fields.append('etag', entityTag(text));
  if (isUnchanged(exchange.headers, fields, 0)) return makeReply(304, notModifiedFields(fields), emptyBody);
  return makeReply(200, fields, new WholeBody(text));
}

function entityTag(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
}
