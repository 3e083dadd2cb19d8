/**
 * What caches may be told of an answer made of several (RFC 9111 §5.2.2): the strictest of what its parts say. A part
 * that says nothing leaves nothing to be said. Where the answer depends on who asks, no cache may share it, whatever
 * the parts say: their addresses name the caller, the answer's does not.
 */
import type { HeaderFields } from '../../core/headers.ts';
import { parseDirectives, type ReplyDirectives, replyDirectives } from '../../wire/http-cache/directives.ts';

/** `Cache-Control` of the whole; `undefined` where none can be given. */
export function combinedCacheControl(
  parts: readonly (HeaderFields | undefined)[],
  isPrivate: boolean,
): string | undefined {
  const all: { readonly said: ReplyDirectives; readonly ageS: number }[] = [];
  for (const headers of parts) {
    const lines = headers?.getAll('cache-control') ?? [];
    if (!headers || lines.length === 0) return undefined;
    const age = headers.get('age') ?? '';
    all.push({
      said: replyDirectives(parseDirectives(lines.join(','))),
      ageS: /^\d{1,10}$/.test(age) ? Number(age) : 0,
    });
  }
  if (all.length === 0) return undefined;
  if (all.some(({ said }) => said.noStore)) return 'no-store';
  // A list of fields names fields of the part's reply, and there are none of them here: it holds for all of it.
  const isOwn = isPrivate || all.some(({ said }) => said.private !== false);
  const words: string[] = [];
  if (isOwn) words.push('private');
  else if (all.every(({ said }) => said.public)) words.push('public');
  if (all.some(({ said }) => said.noCache !== false)) words.push('no-cache');
  if (all.some(({ said }) => said.mustRevalidate)) words.push('must-revalidate');
  if (!isOwn && all.some(({ said }) => said.proxyRevalidate)) words.push('proxy-revalidate');
  const maxAge = least(all.map(({ said, ageS }) => left(said.maxAge, ageS)));
  if (maxAge !== undefined) words.push(`max-age=${maxAge}`);
  if (!isOwn && all.some(({ said }) => said.sMaxage !== undefined)) {
    const shared = least(all.map(({ said, ageS }) => left(said.sMaxage ?? said.maxAge, ageS)));
    // One that gives shared caches no time of its own gives them none together with others.
    words.push(`s-maxage=${shared ?? 0}`);
  }
  return words.length > 0 ? words.join(', ') : undefined;
}

function left(lifetimeS: number | undefined, ageS: number): number | undefined {
  return lifetimeS === undefined ? undefined : Math.max(0, lifetimeS - ageS);
}

/** `undefined` where one is. */
function least(all: readonly (number | undefined)[]): number | undefined {
  let found = Number.POSITIVE_INFINITY;
  for (const one of all) {
    if (one === undefined) return undefined;
    found = Math.min(found, one);
  }
  return found;
}
