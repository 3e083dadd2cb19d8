/**
 * `/admin/config`: which configuration serves, where it came from and what became of the last changes; `?effective=true` with
 * all it says, without its secrets. `PUT` takes over another one, whole or not at all; `?dry-run` says what that would do.
 */
import { collect } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { Exchange, Reply } from '../../core/exchange.ts';
import { allow, answerJson, refused } from './admin-http.ts';

export const CONFIG_PATH = '/admin/config';

/** A configuration as it was sent: one text, or all its files by their paths, relative to the entry's folder. */
export type SentConfig = { readonly text: string } | { readonly files: Readonly<Record<string, string>> };

export interface AdminConfig {
  /** As plain data. */
  view(): object;
  effective(): object;
  /** Of what serves: the entity tag. */
  readonly digest: string;
  /** Its number, counted from the first that was read. */
  readonly version: number;
  /** Why nothing may be put here; `undefined` where it may. */
  readonly closedBecause: string | undefined;
  /** Throws `configuration_refused`, `precondition_failed` or `overloaded`. */
  put(
    sent: SentConfig,
    options: { readonly expected: readonly string[] | undefined; readonly isTrial: boolean },
  ): Promise<object>;
}

/** As large as a configuration of many files is. */
const MAX_BYTES = 8 * 1024 * 1024;
const YAML = /^(?:application|text)\/(?:x-)?yaml(?:;|$)/i;
const JSON_TEXT = /^application\/json(?:;|$)/i;
const BUNDLE = /^application\/vnd\.frontdesk\.bundle\+json(?:;|$)/i;

export async function answerConfig(config: AdminConfig, exchange: Exchange): Promise<Reply> {
  allow(exchange, ['GET', 'HEAD', 'PUT']);
  const query = new URLSearchParams(exchange.query);
  if (exchange.method !== 'PUT') {
    return tagged(
      config,
      answerJson(exchange, 200, isAsked(query, 'effective') ? config.effective() : config.view()),
    );
  }
  if (config.closedBecause !== undefined) {
    exchange.body.discard(new FrontdeskError('forbidden', { detail: config.closedBecause }));
    throw new FrontdeskError('forbidden', {
      detail: config.closedBecause,
      members: { reasons: [config.closedBecause] },
    });
  }
  const expected = expectedTags(exchange);
  const sent = await sentConfig(exchange);
  const answer = await config.put(sent, { expected, isTrial: isAsked(query, 'dry-run') });
  return tagged(config, answerJson(exchange, 200, answer));
}

function tagged({ digest }: AdminConfig, reply: Reply): Reply {
  reply.headers.set('etag', `"${digest}"`);
  return reply;
}

/** `?name`, `?name=true`. */
function isAsked(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value === '' || value === 'true';
}

/** `If-Match` (RFC 9110 §13.1.1); `*` and none are alike: something always serves. */
function expectedTags({ headers }: Exchange): string[] | undefined {
  const field = headers.get('if-match');
  if (field === undefined || field.trim() === '*') return undefined;
  return field.split(',').map((tag) => /^"([^"]*)"$/.exec(tag.trim())?.[1] ?? '');
}

async function sentConfig(exchange: Exchange): Promise<SentConfig> {
  const type = exchange.headers.get('content-type') ?? '';
  const isBundle = BUNDLE.test(type);
  if (!isBundle && !YAML.test(type) && !JSON_TEXT.test(type))
    throw new FrontdeskError('unsupported_media_type');
  const bytes = await collect(exchange.body, MAX_BYTES, () => new FrontdeskError('payload_too_large'));
  const text = textOf(bytes);
  // JSON is YAML: what is wrong with it is told with its place.
  if (!isBundle) return { text };
  const files = filesOf(text);
  if (!files) throw refused(['body: expected {"files": {"frontdesk.yaml": "…"}}, texts by path']);
  return { files };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refused(['body: expected text in UTF-8']);
  }
}

function filesOf(text: string): Record<string, string> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('files' in value)) return undefined;
  const { files } = value;
  if (typeof files !== 'object' || files === null || Array.isArray(files)) return undefined;
  const texts: Record<string, string> = {};
  for (const [path, content] of Object.entries(files)) {
    if (typeof content !== 'string') return undefined;
    texts[path] = content;
  }
  return texts;
}
