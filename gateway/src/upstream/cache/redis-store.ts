/**
 * Stored replies in Redis, shared by every process. Each look is one round trip (two where `Vary` is new to this
 * process); what Redis does not answer is a miss, and never an error.
 */
import { createHash } from 'node:crypto';
import type { HeaderFields } from '../../core/headers.ts';
import type { BinaryStore } from '../../state/store.ts';
import type { Asker } from '../../wire/http-cache/storing.ts';
import { joined } from './key.ts';
import { findScript, forgetScript, purgeScript, putScript } from './redis-scripts.ts';
import { decodeReply, encodeReply } from './reply-codec.ts';
import type { CacheKey, CacheStore, Found, Purge, Purged } from './store.ts';
import { isFor, type Selector, type StoredReply, selectedBy, selectorValue } from './stored-reply.ts';

export interface RedisStoreOptions {
  readonly store: Promise<BinaryStore>;
  /** The upstream: caches of different upstreams know nothing of each other. */
  readonly name: string;
  /** What decides what its replies hold: caches of different shapes know nothing of each other either. */
  readonly shape?: string;
  readonly maxTtlMs: number;
  readonly maxVariants: number;
  readonly onError: () => void;
}

/** Slots whose index is remembered, to ask for the right variant at once. */
const REMEMBERED_INDEXES = 4_096;
/** Names longer than this are not remembered: clients choose them. */
const REMEMBERED_LENGTH = 1_024;
/** Longer than a purge's mark is needed: a fetch under way may still bring something older. */
const FILL_GRACE_MS = 3_600_000;
/**
 * The same for a URI under which nothing is stored: each write by a client to a URI of its own would leave a mark for a
 * day otherwise.
 */
const UNKNOWN_URI_MS = 600_000;
/** A ticket by which nothing is stored. */
const NO_TICKET = -1;

const NOTHING: Found = { reply: undefined, others: false, ticket: NO_TICKET };

export class RedisStore implements CacheStore {
  readonly shared = true;
  readonly #options: RedisStoreOptions;
  readonly #prefix: string;
  readonly #indexes = new Map<string, string>();

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    const { name, shape = '' } = options;
    this.#prefix = `frontdesk:cache:{${digest(shape === '' ? name : joined([name, shape]))}}:`;
  }

  async find(key: CacheKey, request: HeaderFields, asker: Asker): Promise<Found> {
    const slots = key.own === undefined ? [key.everybody] : [key.own, key.everybody];
    try {
      const guesses = slots.map((slot) => this.#indexes.get(slot) ?? '[]');
      const first = await this.#look(key.uri, slots, guesses, request);
      const isNew = first.indexes.some((index, i) => index !== '' && index !== guesses[i]);
      slots.forEach((slot, i) => {
        this.#remember(slot, first.indexes[i] ?? '');
      });
      const found = this.#fitting(first, slots, request, asker);
      if (found.reply || !isNew) return found;
      return this.#fitting(await this.#look(key.uri, slots, first.indexes, request), slots, request, asker);
    } catch {
      this.#options.onError();
      return NOTHING;
    }
  }

  async put(slot: string, uri: string, reply: StoredReply, ticket: number): Promise<void> {
    if (ticket === NO_TICKET) return;
    const { maxTtlMs, maxVariants } = this.#options;
    const { freshness, selectors, tags } = reply;
    const usefulS = freshness.lifetimeS + Math.max(freshness.staleWhileRevalidateS, freshness.staleIfErrorS);
    const canBeConfirmed = reply.headers.has('etag') || reply.headers.has('last-modified');
    const ttlMs = canBeConfirmed ? maxTtlMs : Math.min(maxTtlMs, Math.ceil(usefulS * 1000));
    if (ttlMs < 1) return;
    const names = selectors.map(([name]) => name);
    const variant = variantOf(selectors);
    const since = [ticket, ...tags.map(digest)].join(' ');
    const body = encodeReply(slot, reply);
    try {
      const store = await this.#options.store;
      await store.runBinary(
        putScript,
        [this.#slotKey(slot), this.#markOf({ kind: 'uri', uri })],
        [variant, since, names.join(','), body, ttlMs, maxVariants],
      );
    } catch {
      this.#options.onError();
    }
  }

  async forget(slot: string, { selectors }: StoredReply): Promise<void> {
    try {
      const store = await this.#options.store;
      await store.runBinary(forgetScript, [this.#slotKey(slot)], [variantOf(selectors)]);
    } catch {
      this.#options.onError();
    }
  }

  async purge(purge: Purge): Promise<Purged> {
    const mark = this.#markOf(purge);
    try {
      const store = await this.#options.store;
      const keys = [`${this.#prefix}purges`, mark];
      const longMs = this.#options.maxTtlMs + FILL_GRACE_MS;
      const unknownMs = purge.kind === 'uri' ? UNKNOWN_URI_MS : longMs;
      const number = await store.runBinary(purgeScript, keys, [longMs, unknownMs]);
      return { removed: undefined, ticket: Number(number) };
    } catch {
      this.#options.onError();
      return { removed: undefined, ticket: NO_TICKET };
    }
  }

  /** Whoever purged has purged it for all. */
  purged(): void {}

  /** The connection is not its own. */
  async close(): Promise<void> {}

  #markOf(purge: Purge): string {
    switch (purge.kind) {
      case 'all':
        return `${this.#prefix}all`;
      case 'uri':
        return `${this.#prefix}uri:${digest(purge.uri)}`;
      case 'tag':
        return `${this.#prefix}tag:${digest(purge.tag)}`;
    }
  }

  async #look(
    uri: string,
    slots: readonly string[],
    indexes: readonly string[],
    request: HeaderFields,
  ): Promise<Look> {
    const store = await this.#options.store;
    const keys = [
      `${this.#prefix}purges`,
      this.#markOf({ kind: 'all' }),
      this.#markOf({ kind: 'uri', uri }),
      ...slots.map((slot) => this.#slotKey(slot)),
    ];
    const args = indexes.map((index) => variantsOf(index, request));
    const answer = await store.runBinary(findScript, keys, [`${this.#prefix}tag:`, ...args]);
    if (!Array.isArray(answer) || answer.length !== 1 + 2 * slots.length)
      throw new TypeError('no such answer');
    const parts = answer.map((part) => (Buffer.isBuffer(part) ? part : Buffer.alloc(0)));
    return {
      ticket: Number(parts[0]?.toString()),
      indexes: slots.map((_, i) => parts[1 + 2 * i]?.toString() ?? ''),
      bodies: slots.map((_, i) => parts[2 + 2 * i] ?? Buffer.alloc(0)),
    };
  }

  #fitting(look: Look, slots: readonly string[], request: HeaderFields, asker: Asker): Found {
    const { ticket, bodies, indexes } = look;
    for (const [i, slot] of slots.entries()) {
      const reply = decodeReply(slot, bodies[i] ?? Buffer.alloc(0));
      if (reply && isFor(reply, asker) && selectedBy(reply, request)) return { reply, others: false, ticket };
    }
    return { reply: undefined, others: indexes.some((index) => index !== ''), ticket };
  }

  #remember(slot: string, index: string): void {
    this.#indexes.delete(slot);
    if (index === '' || slot.length > REMEMBERED_LENGTH) return;
    this.#indexes.set(slot, index);
    if (this.#indexes.size <= REMEMBERED_INDEXES) return;
    for (const oldest of this.#indexes.keys()) {
      this.#indexes.delete(oldest);
      return;
    }
  }

  #slotKey(slot: string): string {
    return `${this.#prefix}slot:${digest(slot)}`;
  }
}

interface Look {
  readonly ticket: number;
  readonly indexes: readonly string[];
  readonly bodies: readonly Buffer[];
}

function variantOf(selectors: readonly Selector[]): string {
  return digest(joined(selectors.flatMap(([name, value]) => [name, value ?? '\0'])));
}

/** An index is a list such as `[accept,accept-encoding][]`: the fields that one reply or another varies by. */
function variantsOf(index: string, request: HeaderFields): string {
  const variants: string[] = [];
  for (const [, line = ''] of index.matchAll(/\[([^\]]*)\]/g)) {
    const names = line === '' ? [] : line.split(',');
    variants.push(digest(joined(names.flatMap((name) => [name, selectorValue(name, request) ?? '\0']))));
  }
  return variants.join(',');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
