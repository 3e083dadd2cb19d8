/**
 * Follows a shared log: what is told as it is told, and after every gap what was missed. Nothing is skipped in silence:
 * where the log no longer has what was missed, `lost` says so.
 */
import type { Clock } from '../core/clock.ts';
import { channelOf, type LogEntry, readEntry, type SharedLog } from './shared-log.ts';
import type { Channels } from './store.ts';

const AGAIN_MS = 500;

export interface LogListener {
  /** `ageMs`: since it was written, by the store's clock. May be told again; of one key, in the order of numbers. */
  entry(entry: LogEntry, ageMs: number): void;
  /** Entries were missed that nobody can tell any more. */
  lost(): void;
  /** What is written or told from now on may be missed, and what was told just now may be known to nobody else. */
  gap?(): void;
  /** After a gap all is known that the log has. */
  caughtUp?(): void;
}

export interface LogFollowerOptions {
  readonly log: SharedLog;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly listener: LogListener;
}

export class LogFollower {
  /** Resolves once everything that was written before is known. It may never. */
  readonly known: Promise<void>;
  readonly #options: LogFollowerOptions;
  readonly #end: () => void;
  readonly #known = Promise.withResolvers<void>();
  /** All entries up to this number are known. */
  #position = 0;
  /** The highest of those that were told while others were read. */
  #told = 0;
  /** Grows with every gap: what is being read for an older one is of no use. */
  #gap = 0;
  #reads = false;
  #disarm: (() => void) | undefined;
  #closed = false;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
    this.known = this.#known.promise;
    this.#reads = true;
    this.#end = options.channels.subscribe(channelOf(options.log.name), {
      message: (text) => this.#hear(text),
      resumed: () => this.#resume(),
      interrupted: () => {
        this.#gap += 1;
        this.#reads = true;
        options.listener.gap?.();
      },
    });
  }

  close(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#end();
  }

  #hear(text: string): void {
    const entry = readEntry(text);
    if (!entry || this.#closed) return;
    this.#told = Math.max(this.#told, entry.number);
    if (!this.#reads) this.#position = Math.max(this.#position, entry.number);
    this.#options.listener.entry(entry, 0);
  }

  #resume(): void {
    this.#disarm?.();
    this.#gap += 1;
    this.#reads = true;
    void this.#read(this.#gap);
  }

  async #read(gap: number): Promise<void> {
    const { log, listener, clock } = this.#options;
    const isOver = () => this.#closed || gap !== this.#gap;
    try {
      for (let isLast = false; !isLast; ) {
        const page = await log.since(this.#position);
        if (isOver()) return;
        if (!page.complete) {
          listener.lost();
          if (page.entries.length === 0) this.#position = page.last;
        }
        for (const entry of page.entries) {
          listener.entry(entry, Math.max(0, page.nowMs - entry.number));
          this.#position = entry.number;
        }
        isLast = page.isLast;
      }
    } catch {
      if (!isOver()) this.#disarm = clock.after(AGAIN_MS, () => void this.#read(gap));
      return;
    }
    this.#reads = false;
    this.#position = Math.max(this.#position, this.#told);
    this.#known.resolve();
    listener.caughtUp?.();
  }
}
