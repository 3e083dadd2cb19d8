/** A shared log in memory: the primary process keeps it for its workers. */
import type { Clock } from '../core/clock.ts';
import type { LogEntry, LogLimits, LogPage } from './shared-log.ts';

export class LogTable {
  readonly #limits: LogLimits & { readonly pageEntries: number };
  readonly #clock: Clock;
  /** In the order of their numbers. */
  readonly #entries = new Map<string, LogEntry>();
  #last = 0;
  /** The highest number that was let go. */
  #gone = 0;

  constructor(limits: LogLimits & { readonly pageEntries: number }, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  write(key: string, text: string): LogEntry {
    const nowMs = Math.floor(this.#clock.wall());
    this.#last = Math.max(this.#last + 1, nowMs);
    const entry = { number: this.#last, key, text };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { number }] of this.#entries) {
      if (number > nowMs - this.#limits.keepMs && this.#entries.size <= this.#limits.maxEntries) break;
      this.#entries.delete(oldest);
      this.#gone = number;
    }
    return entry;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  since(position: number): LogPage {
    const entries: LogEntry[] = [];
    let isLast = true;
    for (const entry of this.#entries.values()) {
      if (entry.number <= position) continue;
      isLast = entries.length < this.#limits.pageEntries;
      if (!isLast) break;
      entries.push(entry);
    }
    const complete = this.#gone <= position && this.#last >= position;
    return { entries, complete, isLast, last: this.#last, nowMs: Math.floor(this.#clock.wall()) };
  }
}
