/** What a part says of keeping its value: for how long, and for whom. */
import { parseDuration } from '../../core/duration.ts';
import type { Duration } from '../duration-text.ts';

export interface PartCacheOptions {
  /** How long a value is good. */
  readonly for: Duration;
  /**
   * `private`: kept for each caller apart. `shared`: one for all, of a part that knows nothing of who asks: its calls go
   * out as nobody's, and `identity` throws. Default: private.
   */
  readonly scope?: 'private' | 'shared';
  /** How much longer it is given while another is fetched behind it (RFC 5861 §3). Default: not at all. */
  readonly staleWhileRevalidate?: Duration;
  /** How much longer it stands in where no other can be had (RFC 5861 §4). Default: not at all. */
  readonly staleIfError?: Duration;
}

/** The same in milliseconds. */
export interface PartCache {
  readonly forMs: number;
  readonly shared: boolean;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
}

/** Throws a `TypeError` that names what is wrong. */
export function partCache(options: PartCacheOptions): PartCache {
  const { scope = 'private' } = options;
  if (scope !== 'private' && scope !== 'shared') {
    throw new TypeError(`cache.scope: expected private or shared, not "${scope}"`);
  }
  return {
    forMs: durationOf('for', options.for),
    shared: scope === 'shared',
    staleWhileRevalidateMs: durationOf('staleWhileRevalidate', options.staleWhileRevalidate ?? '0s', 0),
    staleIfErrorMs: durationOf('staleIfError', options.staleIfError ?? '0s', 0),
  };
}

function durationOf(name: string, text: Duration, leastMs = 1): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < leastMs) {
    throw new TypeError(`cache.${name}: expected a duration such as 30s, not "${text}"`);
  }
  return ms;
}
