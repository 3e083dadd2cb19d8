/**
 * Automatic persisted queries: documents that clients register themselves, by the SHA-256 of their text. Bounded in
 * number and bytes; a flood forgets the least recently asked for. What is kept here is found by its hash alone and is
 * checked against it, so that nobody can put another text under it, in a shared store either.
 */
import type { DocumentStore } from '../../core/document-store.ts';
import { Lru } from '../lru.ts';
import type { AutomaticSettings } from './config.ts';
import { sha256 } from './manifest.ts';

const KEY = 'frontdesk:document:';

export class AutomaticDocuments {
  readonly #kept: Lru<string>;
  readonly #store: DocumentStore | undefined;
  readonly #ttlMs: number;

  /** `store` is what all processes share, where there is one. */
  constructor({ max, maxBytes, shared, ttl }: AutomaticSettings, store?: DocumentStore) {
    this.#kept = new Lru(max, { maxWeight: maxBytes, weigh: (text) => text.length * 2 });
    this.#store = shared ? store : undefined;
    this.#ttlMs = ttl;
  }

  /** Documents in memory. */
  get size(): number {
    return this.#kept.size;
  }

  /** The text with this hash (lower-case hex). A store that is gone knows none. */
  find(hash: string): string | undefined | Promise<string | undefined> {
    return this.#kept.get(hash) ?? (this.#store && this.#fetch(hash, this.#store));
  }

  /** Keeps a text whose hash was checked. */
  keep(hash: string, text: string): void {
    if (this.#kept.get(hash) !== undefined) return;
    this.#kept.set(hash, text);
    // A store that is gone has said so itself; the client registers the document again where it is not known.
    this.#store?.set(KEY + hash, text, this.#ttlMs).catch(() => undefined);
  }

  async #fetch(hash: string, store: DocumentStore): Promise<string | undefined> {
    const text = await store.get(KEY + hash).catch(() => undefined);
    if (text === undefined || sha256(text) !== hash) return undefined;
    this.#kept.set(hash, text);
    return text;
  }
}
