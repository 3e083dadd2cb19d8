/**
 * What a purge reaches: replies that upstreams' caches keep, and values of screens' parts. These have the tags
 * `bff:NAME`, `bff:NAME/SCREEN` and `bff:NAME/SCREEN/PART`, by which their last good values go, too.
 */
import type { KeptParts } from './bff/kept-parts.ts';
import type { LastGood } from './bff/last-good.ts';
import type { Purge, PurgeCaches } from './handlers/cache-purge.ts';
import type { CacheRegistry } from './upstream/cache/registry.ts';

export interface PurgedThings {
  readonly caches: Pick<CacheRegistry, 'purge'>;
  readonly keptParts: KeptParts;
  readonly lastGood: LastGood;
}

export function cachePurges({ caches, keptParts, lastGood }: PurgedThings): PurgeCaches {
  return async ({ upstream, purge }) => {
    const prefix = upstream === undefined ? prefixOf(purge) : undefined;
    if (prefix === undefined) return caches.purge(upstream, purge);
    const parts = keptParts.purge(prefix);
    if (purge.kind === 'all') return { ...(await caches.purge(upstream, purge)), parts };
    lastGood.purge(prefix);
    return { upstreams: [], removed: 0, parts };
  };
}

/** How the keys begin of the parts that a purge means; `undefined` where it means none. */
function prefixOf(purge: Purge): string | undefined {
  if (purge.kind === 'all') return '';
  if (purge.kind !== 'tag' || !purge.tag.startsWith('bff:')) return undefined;
  const names = purge.tag.slice('bff:'.length).split('/', 3);
  return `${JSON.stringify(names).slice(0, -1)},`;
}
