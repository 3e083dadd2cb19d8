/**
 * Keeps caches beyond a snapshot, by the upstream's name and its cache settings: a reload that leaves those alone loses
 * nothing. Purges reach every cache that is in use.
 */
import type { Clock } from '../../core/clock.ts';
import { type Meter, noMeter } from '../../core/meter.ts';
import type { BinaryStore } from '../../state/store.ts';
import { type Entry, type Lease, lease } from '../endpoints/lease.ts';
import type { CacheConfig } from './config.ts';
import { MemoryStore } from './memory-store.ts';
import { type CacheMetrics, cacheMetrics } from './metrics.ts';
import { RedisStore } from './redis-store.ts';
import { SharedCache } from './shared-cache.ts';
import type { CacheStore, Purge } from './store.ts';

export interface CacheRegistryOptions {
  readonly clock: Clock;
  readonly meter?: Meter;
  /** Opens the connection for caches that are kept in Redis; asked once, on the first such cache. */
  readonly openRedis?: () => Promise<BinaryStore>;
  /** A write made a URI of this upstream invalid here, where other processes keep replies of their own. */
  readonly onInvalidated?: (upstream: string, uri: string) => void;
}

export interface PurgeResult {
  /** The upstreams whose caches were asked. */
  readonly upstreams: readonly string[];
  /** How many stored replies went; `undefined` where a store cannot tell. */
  readonly removed: number | undefined;
}

export class CacheRegistry {
  readonly #clock: Clock;
  readonly #metrics: CacheMetrics;
  readonly #openRedis: (() => Promise<BinaryStore>) | undefined;
  readonly #onInvalidated: CacheRegistryOptions['onInvalidated'];
  readonly #caches = new Map<string, Entry<SharedCache>>();
  #redis: Promise<BinaryStore> | undefined;

  constructor({ clock, meter = noMeter, openRedis, onInvalidated }: CacheRegistryOptions) {
    this.#clock = clock;
    this.#metrics = cacheMetrics(meter);
    this.#openRedis = openRedis;
    this.#onInvalidated = onInvalidated;
  }

  /**
   * `shape`: a text of whatever else decides what the replies of this upstream hold. Who changes that gets another
   * cache: what was stored before is not given out, be it that a rule now takes something out of it.
   */
  lease(name: string, config: CacheConfig, shape = ''): Lease<SharedCache> {
    return lease(
      this.#caches,
      JSON.stringify([name, config, shape]),
      () =>
        new SharedCache({
          name,
          config,
          store: this.#makeStore(name, config, shape),
          clock: this.#clock,
          metrics: this.#metrics,
          onInvalidated: this.#onInvalidated && ((uri) => this.#onInvalidated?.(name, uri)),
        }),
      (cache) => cache.store.close(),
    );
  }

  /** Purges the caches of `upstream`, or of all. */
  async purge(upstream: string | undefined, purge: Purge): Promise<PurgeResult> {
    const upstreams = new Set<string>();
    let removed: number | undefined = 0;
    for (const { value } of this.#caches.values()) {
      if (upstream !== undefined && value.name !== upstream) continue;
      upstreams.add(value.name);
      const purged = await value.purge(purge);
      removed = removed === undefined || purged.removed === undefined ? undefined : removed + purged.removed;
    }
    return { upstreams: [...upstreams], removed };
  }

  /** Another process has purged the caches of `upstream`, or of all. */
  purged(upstream: string | undefined, purge: Purge): void {
    for (const { value } of this.#caches.values())
      if (upstream === undefined || value.name === upstream) value.purged(purge);
  }

  /** Ends the connection to Redis. After the last lease was given back. */
  async close(): Promise<void> {
    await (await this.#redis)?.close();
  }

  #makeStore(name: string, config: CacheConfig, shape: string): CacheStore {
    const { maxSize, maxVariants, maxTtl } = config;
    if (config.store === 'redis') {
      if (!this.#openRedis) throw new TypeError('a cache in Redis, and no Redis');
      this.#redis ??= this.#openRedis();
      const onError = (): void => this.#metrics.storeErrors(1, name);
      return new RedisStore({ store: this.#redis, name, shape, maxTtlMs: maxTtl, maxVariants, onError });
    }
    return new MemoryStore({
      maxBytes: maxSize,
      maxVariants,
      onChange: (evicted, bytes, replies) => {
        if (evicted > 0) this.#metrics.evictions(evicted, name);
        this.#metrics.bytes(bytes, name);
        this.#metrics.replies(replies, name);
      },
    });
  }
}
