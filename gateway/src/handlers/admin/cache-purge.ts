/** What `POST /admin/cache/purge` asks for: one URL, one tag, or everything, of one upstream or of all. */
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';

export type Purge =
  | { readonly kind: 'uri'; readonly uri: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' };

export interface PurgeRequest {
  /** `undefined` for every upstream that has a cache. */
  readonly upstream: string | undefined;
  readonly purge: Purge;
}

/** Answered as it is: which caches were asked, and how many replies went, where that is known. */
export interface PurgeResult {
  readonly upstreams: readonly string[];
  readonly removed: number | undefined;
  /** How many values of screens' parts went; left out where it was not for them. */
  readonly parts?: number;
  /** How many processes heard of it, this one included; left out where nobody can tell, as in a cluster. */
  readonly processes?: number;
}

/** Rejects where other processes could not be told; here it is done then. */
export type PurgeCaches = (request: PurgeRequest) => Promise<PurgeResult>;

const body = z
  .strictObject({
    upstream: z.string().min(1).optional(),
    url: z.string().min(1).max(8192).optional(),
    tag: z.string().min(1).max(256).optional(),
    all: z.literal(true).optional(),
  })
  .refine(({ url, tag, all }) => [url, tag, all].filter((one) => one !== undefined).length === 1, {
    message: 'expected one of url, tag and all',
  });

/** Throws `bad_request` with the reasons. */
export function purgeRequest(value: unknown): PurgeRequest {
  const parsed = body.safeParse(value);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw new FrontdeskError('bad_request', { members: { reasons } });
  }
  const { upstream, url, tag } = parsed.data;
  if (tag !== undefined) return { upstream, purge: { kind: 'tag', tag } };
  if (url !== undefined) return { upstream, purge: { kind: 'uri', uri: pathOf(url) } };
  return { upstream, purge: { kind: 'all' } };
}

/** The path and query that are sent to the upstream; scheme and host of a whole URL are not part of keys. */
function pathOf(url: string): string {
  if (url.startsWith('/')) return url;
  if (!URL.canParse(url)) {
    throw new FrontdeskError('bad_request', { members: { reasons: ['url: expected a path or a URL'] } });
  }
  const { pathname, search } = new URL(url);
  return pathname + search;
}
