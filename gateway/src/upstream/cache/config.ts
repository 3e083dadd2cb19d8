/** `upstreams.X.cache`: a shared cache of RFC 9111 before an upstream. */
import { z } from 'zod';
import { durationMs, sizeBytes } from '../../settings/settings.ts';
import type { FreshnessRules } from '../../wire/http-cache/freshness.ts';

const cacheSettings = z.strictObject({
  store: z
    .enum(['memory', 'redis'], { error: 'expected memory, or redis (the one of state.redis)' })
    .default('memory')
    .describe('Where replies are kept: in each process, or in the Redis of `state`'),
  maxSize: sizeBytes
    .prefault('64MiB')
    .describe('Most bytes in memory; what was not asked for longest goes first'),
  maxEntry: sizeBytes.prefault('1MiB').describe('Largest body that is kept'),
  maxVariants: z.int().min(1).max(256).default(16).describe('Most replies of one URL that differ by Vary'),
  heuristic: durationMs
    .prefault('24h')
    .describe('Longest lifetime by heuristics (a tenth of the time since Last-Modified); 0s for none'),
  staleWhileRevalidate: durationMs
    .prefault('0s')
    .describe('How long stale replies are used while they are fetched anew, where the reply does not say'),
  staleIfError: durationMs
    .prefault('0s')
    .describe('How long stale replies stand in for errors, where the reply does not say'),
  maxTtl: durationMs.prefault('24h').describe('Longest time that Redis keeps a reply'),
  refreshTimeout: durationMs.prefault('30s').describe('Longest time of a refresh in the background'),
  clientDirectives: z
    .enum(['honour', 'ignore'], { error: 'expected honour or ignore' })
    .default('honour')
    .describe("Whether a client's Cache-Control (no-cache, max-age, only-if-cached) has a say"),
  status: z.boolean().default(true).describe('Whether replies tell in Cache-Status what the cache did'),
});

export const cacheConfig = z.union([
  z.literal(true).transform(() => cacheSettings.parse({})),
  z.literal(false).transform(() => undefined),
  cacheSettings,
]);

export type CacheConfig = z.output<typeof cacheSettings>;

/** The fields of RFC 9213 that speak to this cache, the most specific first. */
const TARGETED = ['frontdesk-cache-control', 'cdn-cache-control'];
const HEURISTIC_FRACTION = 0.1;

export function freshnessRules(config: CacheConfig): FreshnessRules {
  return {
    targeted: TARGETED,
    heuristicFraction: HEURISTIC_FRACTION,
    heuristicMaxS: config.heuristic / 1000,
    staleWhileRevalidateS: config.staleWhileRevalidate / 1000,
    staleIfErrorS: config.staleIfError / 1000,
  };
}
