/** The cache of an upstream in a snapshot: its step of the chain, and what is leased for it. */
import type { Clock } from '../../core/clock.ts';
import type { Policy } from '../call.ts';
import { targetsOf, type UpstreamConfig } from '../config.ts';
import type { Lease } from '../endpoints/lease.ts';
import { credentialField } from '../outgoing/credentials.ts';
import { cache } from './cache.ts';
import type { CacheConfig } from './config.ts';
import { originsOf } from './invalidation.ts';
import type { CacheRegistry } from './registry.ts';
import type { SharedCache } from './shared-cache.ts';

export interface OpenCacheOptions {
  readonly clock: Clock;
  readonly caches?: CacheRegistry | undefined;
  readonly credentialFields: readonly string[];
}

export interface OpenedCache {
  readonly policy: Policy;
  readonly lease: Lease<SharedCache>;
}

export function openCache(
  name: string,
  config: UpstreamConfig,
  settings: CacheConfig,
  { clock, caches, credentialFields }: OpenCacheOptions,
): OpenedCache {
  if (!caches) throw new TypeError('an upstream with a cache, and nothing to keep caches');
  const lease = caches.lease(name, settings, shapeOf(config));
  const policy = cache({
    cache: lease.value,
    clock,
    origins: originsOf(targetsOf(config).map(({ url }) => url)),
    credentialFields,
    ownFields: ownFieldsOf(config),
  });
  return { policy, lease };
}

/** Fields that look like a client's credential and are none. */
function ownFieldsOf({ credentials, identityToken }: UpstreamConfig): string[] {
  const fields = credentials ? [credentialField(credentials)] : [];
  if (identityToken) fields.push(identityToken.header);
  return fields;
}

/**
 * What is sent and what is taken out of replies, which are stored after that: with other rules the stored ones are not
 * what the backend would be made to say now.
 */
function shapeOf(config: UpstreamConfig): string {
  const { request, response, forward, identityHeaders, identityToken, credentials } = config;
  const how = credentials && Object.keys(credentials);
  return JSON.stringify([request, response, forward, identityHeaders, identityToken, how]);
}
