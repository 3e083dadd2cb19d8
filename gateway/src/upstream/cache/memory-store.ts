/** Stored replies in this process, bounded by bytes: what was not asked for longest goes first. */
import type { HeaderFields } from '../../core/headers.ts';
import type { Asker } from '../../wire/http-cache/storing.ts';
import type { CacheKey, CacheStore, Found, Purge, Purged } from './store.ts';
import { isFor, type Selector, type StoredReply, selectedBy, weightOf } from './stored-reply.ts';

export interface MemoryStoreOptions {
  readonly maxBytes: number;
  /** Most replies of one slot; the oldest goes. */
  readonly maxVariants: number;
  /** Called with how many were let go to make room, and with how many bytes and replies are kept now. */
  readonly onChange: (evicted: number, bytes: number, replies: number) => void;
}

interface Slot {
  readonly uri: string;
  /** The newest first. */
  replies: StoredReply[];
  weight: number;
}

/** Purges that are remembered for fills under way; one that is older than the oldest is not stored. */
const REMEMBERED_PURGES = 4_096;

export class MemoryStore implements CacheStore {
  readonly shared = false;
  readonly #options: MemoryStoreOptions;
  /** The one that was not asked for longest first. */
  readonly #slots = new Map<string, Slot>();
  readonly #byUri = new Map<string, Set<string>>();
  readonly #purges: Purge[] = [];
  #purged = 0;
  #bytes = 0;
  #replies = 0;
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find({ own, everybody }: CacheKey, request: HeaderFields, asker: Asker): Found {
    const ticket = this.#purged;
    let others = false;
    for (const name of [own, everybody]) {
      if (name === undefined) continue;
      const slot = this.#slots.get(name);
      if (!slot) continue;
      for (const reply of slot.replies) {
        if (!isFor(reply, asker)) continue;
        if (selectedBy(reply, request)) {
          this.#slots.delete(name);
          this.#slots.set(name, slot);
          return { reply, others, ticket };
        }
        others = true;
      }
    }
    return { reply: undefined, others, ticket };
  }

  put(name: string, uri: string, reply: StoredReply, ticket: number): void {
    if (this.#closed || this.#wasPurged(uri, reply, ticket)) return;
    const { maxBytes, maxVariants } = this.#options;
    const before = this.#slots.get(name);
    const kept = before?.replies.filter((other) => !sameSelectors(other.selectors, reply.selectors)) ?? [];
    if (before) this.#drop(name, before);
    const slot = slotOf(name, uri, [reply, ...kept].slice(0, maxVariants));
    if (slot.weight <= maxBytes) this.#keep(name, slot);
    this.#makeRoom();
  }

  forget(name: string, { selectors }: StoredReply): void {
    const slot = this.#slots.get(name);
    if (!slot) return;
    this.#replace(name, slot, (other) => !sameSelectors(other.selectors, selectors));
    this.#changed(0);
  }

  purge(purge: Purge): Purged {
    this.#purged += 1;
    this.#purges.push(purge);
    if (this.#purges.length > REMEMBERED_PURGES) this.#purges.shift();
    const before = this.#replies;
    switch (purge.kind) {
      case 'uri':
        for (const name of [...(this.#byUri.get(purge.uri) ?? [])]) this.#drop(name);
        break;
      case 'tag':
        this.#dropTagged(purge.tag);
        break;
      case 'all':
        for (const name of [...this.#slots.keys()]) this.#drop(name);
    }
    this.#changed(0);
    return { removed: before - this.#replies, ticket: this.#purged };
  }

  purged(purge: Purge): void {
    this.purge(purge);
  }

  async close(): Promise<void> {
    this.purge({ kind: 'all' });
    // Fetches under way may still bring something: nobody would find it, and the gauges speak of another by now.
    this.#closed = true;
  }

  #dropTagged(tag: string): void {
    for (const [name, slot] of [...this.#slots]) this.#replace(name, slot, ({ tags }) => !tags.includes(tag));
  }

  /** Leaves of a slot the replies that `stays` says yes to. */
  #replace(name: string, slot: Slot, stays: (reply: StoredReply) => boolean): void {
    const replies = slot.replies.filter(stays);
    if (replies.length === slot.replies.length) return;
    this.#drop(name, slot);
    if (replies.length > 0) this.#keep(name, slotOf(name, slot.uri, replies));
  }

  #wasPurged(uri: string, reply: StoredReply, ticket: number): boolean {
    const since = this.#purged - ticket;
    if (since === 0) return false;
    if (since > this.#purges.length) return true;
    return this.#purges.slice(-since).some((purge) => concerns(purge, uri, reply));
  }

  #makeRoom(): void {
    let evicted = 0;
    for (const [name, slot] of this.#slots) {
      if (this.#bytes <= this.#options.maxBytes) break;
      evicted += slot.replies.length;
      this.#drop(name, slot);
    }
    this.#changed(evicted);
  }

  #changed(evicted: number): void {
    this.#options.onChange(evicted, this.#bytes, this.#replies);
  }

  #keep(name: string, slot: Slot): void {
    this.#slots.set(name, slot);
    this.#bytes += slot.weight;
    this.#replies += slot.replies.length;
    const names = this.#byUri.get(slot.uri);
    if (names) names.add(name);
    else this.#byUri.set(slot.uri, new Set([name]));
  }

  #drop(name: string, slot = this.#slots.get(name)): void {
    if (!slot) return;
    this.#slots.delete(name);
    this.#bytes -= slot.weight;
    this.#replies -= slot.replies.length;
    const names = this.#byUri.get(slot.uri);
    names?.delete(name);
    if (names?.size === 0) this.#byUri.delete(slot.uri);
  }
}

export function concerns(purge: Purge, uri: string, { tags }: Pick<StoredReply, 'tags'>): boolean {
  switch (purge.kind) {
    case 'uri':
      return purge.uri === uri;
    case 'tag':
      return tags.includes(purge.tag);
    case 'all':
      return true;
  }
}

function slotOf(name: string, uri: string, replies: StoredReply[]): Slot {
  let weight = 2 * (name.length + uri.length);
  for (const one of replies) weight += weightOf(one);
  return { uri, replies, weight };
}

function sameSelectors(a: readonly Selector[], b: readonly Selector[]): boolean {
  return a.length === b.length && a.every(([name, value], i) => b[i]?.[0] === name && b[i]?.[1] === value);
}
