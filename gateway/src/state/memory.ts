/**
 * The store of one process: a bounded map with lifetimes. It never fails and never waits. Past its bound, what
 * would expire first goes first among a few that are looked at, so a flood of entries cannot grow it.
 */
import type { Clock } from '../core/clock.ts';
import { type StateStore, storeGone } from './store.ts';

const DEFAULT_MAX_ENTRIES = 100_000;
const LOOKED_AT = 16;

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
}

export class MemoryStore implements StateStore {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: { readonly clock: Clock; readonly maxEntries?: number }) {
    this.#clock = options.clock;
    this.#maxEntries = options.maxEntries ?? DEFAULT_MAX_ENTRIES;
  }

  get connected(): boolean {
    return !this.#closed;
  }

  async settled(): Promise<void> {}

  get size(): number {
    return this.#entries.size;
  }

  async get(key: string): Promise<string | undefined> {
    this.#mustBeOpen();
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAt > this.#clock.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.#mustBeOpen();
    this.#put(key, value, ttlMs);
  }

  async delete(key: string): Promise<void> {
    this.#mustBeOpen();
    this.#entries.delete(key);
  }

  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    this.#mustBeOpen();
    const entry = this.#entries.get(key);
    if (entry && entry.expiresAt > this.#clock.now()) return false;
    this.#put(key, value, ttlMs);
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
  }

  #put(key: string, value: string, ttlMs: number): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxEntries) this.#makeRoom();
    this.#entries.set(key, { value, expiresAt: this.#clock.now() + Math.max(1, ttlMs) });
  }

  #mustBeOpen(): void {
    if (this.#closed) throw storeGone('closed');
  }

  /** Looks at the oldest few: drops those that are over, or else the one that is over soonest. */
  #makeRoom(): void {
    const now = this.#clock.now();
    let seen = 0;
    let dropped = 0;
    let soonestKey: string | undefined;
    let soonestAt = Number.POSITIVE_INFINITY;
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt <= now) {
        this.#entries.delete(key);
        dropped += 1;
      } else if (entry.expiresAt < soonestAt) {
        soonestAt = entry.expiresAt;
        soonestKey = key;
      }
      seen += 1;
      if (seen === LOOKED_AT) break;
    }
    if (dropped === 0 && soonestKey !== undefined) this.#entries.delete(soonestKey);
  }
}
