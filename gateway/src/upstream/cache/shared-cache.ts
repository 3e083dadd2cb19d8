/**
 * A shared cache before one upstream (RFC 9111), and what it remembers between configurations: the stored replies, the
 * fetches under way, what `Vary` said. It knows nothing of routes and clients; `cache.ts` brings requests to it.
 */
import type { Clock } from '../../core/clock.ts';
import type { HeaderFields } from '../../core/headers.ts';
import type { FreshnessRules } from '../../wire/http-cache/freshness.ts';
import { varyValue } from '../../wire/http-cache/vary.ts';
import { type CacheConfig, freshnessRules } from './config.ts';
import type { Fills } from './fill.ts';
import { joined } from './key.ts';
import type { CacheMetrics } from './metrics.ts';
import type { CacheStore, Purge, Purged } from './store.ts';
import type { StoredReply } from './stored-reply.ts';

/** Slots of which something is remembered beside their replies. */
const REMEMBERED_SLOTS = 4_096;
/** Names longer than this are nothing to be remembered by: clients choose them, and this memory is not counted. */
const REMEMBERED_LENGTH = 1_024;
/** For so long a URI whose reply could not be kept is fetched by each for itself, without waiting for others. */
const PASS_MS = 10_000;

export interface SharedCacheOptions {
  readonly name: string;
  readonly config: CacheConfig;
  readonly store: CacheStore;
  readonly clock: Clock;
  readonly metrics: CacheMetrics;
  /** Called with each URI that a write has made invalid, where other processes keep replies of their own. */
  readonly onInvalidated?: ((uri: string) => void) | undefined;
}

export class SharedCache {
  readonly name: string;
  readonly config: CacheConfig;
  readonly rules: FreshnessRules;
  readonly store: CacheStore;
  readonly metrics: CacheMetrics;
  readonly fills: Fills = new Map();
  readonly #clock: Clock;
  readonly #onInvalidated: ((uri: string) => void) | undefined;
  /** Slot → names of the fields that its replies vary by. */
  readonly #varies = new Map<string, readonly string[]>();
  /** Slot → when replies may be waited for again. */
  readonly #passes = new Map<string, number>();

  constructor({ name, config, store, clock, metrics, onInvalidated }: SharedCacheOptions) {
    this.name = name;
    this.config = config;
    this.rules = freshnessRules(config);
    this.store = store;
    this.metrics = metrics;
    this.#clock = clock;
    this.#onInvalidated = store.shared ? undefined : onInvalidated;
  }

  /** What tells fetches of one slot apart that would bring different replies, as far as is known. */
  fillKey(slot: string, request: HeaderFields): string {
    const names = this.#varies.get(slot);
    if (!names) return slot;
    return slot + joined(names.map((name) => varyValue(name, request) ?? '\0'));
  }

  /** Whether it is worth waiting for another's fetch of this slot. */
  mayCollapse(slot: string): boolean {
    const until = this.#passes.get(slot);
    if (until === undefined) return true;
    if (until > this.#clock.now()) return false;
    this.#passes.delete(slot);
    return true;
  }

  /** A reply of this slot could not be kept. */
  passes(slot: string): void {
    remember(this.#passes, slot, this.#clock.now() + PASS_MS);
  }

  put(slot: string, uri: string, reply: StoredReply, ticket: number): void {
    if (reply.selectors.length > 0) {
      remember(
        this.#varies,
        slot,
        reply.selectors.map(([name]) => name),
      );
    }
    void this.store.put(slot, uri, reply, ticket);
  }

  /** The backend has said something else than this reply, which cannot be kept. */
  forget(slot: string, reply: StoredReply): void {
    void this.store.forget(slot, reply);
  }

  /** What is asked from now on is fetched anew; what is under way is not kept. */
  purge(purge: Purge): Purged | Promise<Purged> {
    this.#begin(purge);
    return this.store.purge(purge);
  }

  /** A write may have changed what is under this URI (RFC 9111 §4.4). Other processes are told. */
  invalidate(uri: string): Purged | Promise<Purged> {
    this.#onInvalidated?.(uri);
    return this.purge({ kind: 'uri', uri });
  }

  /** The same where another process did it. */
  purged(purge: Purge): void {
    this.#begin(purge);
    this.store.purged(purge);
  }

  #begin(purge: Purge): void {
    this.metrics.purges(1, this.name, purge.kind);
    for (const fill of this.fills.values()) if (purge.kind !== 'uri' || fill.uri === purge.uri) fill.close();
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  if (key.length > REMEMBERED_LENGTH) return;
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED_SLOTS) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
