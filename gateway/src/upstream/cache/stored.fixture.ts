/** Stored replies as a cache would make them. */
import { HeaderFields } from '../../core/headers.ts';
import type { Asker } from '../../wire/http-cache/storing.ts';
import { cacheConfig, freshnessRules } from './config.ts';
import { headToStore, type StoredReply, withBody } from './stored-reply.ts';

const config = cacheConfig.parse({});
if (!config) throw new TypeError('no settings');
export const RULES = freshnessRules(config);

/** A reply of a minute, but for what `headers` say; made at the beginning of time. */
export function storedOf(
  headers: Record<string, string>,
  body = 'body',
  status = 200,
  request: Record<string, string> = {},
  asker: Asker = 'anyone',
): StoredReply {
  const fields = HeaderFields.of({ 'cache-control': 'max-age=60', ...headers });
  const timing = { requestAt: 0, responseAt: 0 };
  const head = headToStore(status, fields, HeaderFields.of(request), asker, timing, RULES);
  if (!head) throw new TypeError('not to be stored');
  return withBody(head, Buffer.from(body));
}
