/** Who listens to which channel. A listener that throws is logged and keeps nobody else from hearing. */
import type { Logger } from '../core/log.ts';
import type { ChannelListener } from './store.ts';

interface Entry {
  readonly listener: ChannelListener;
  /** Whether it was told that messages come. */
  hears: boolean;
}

export class ListenerTable {
  readonly #logger: Logger;
  readonly #byChannel = new Map<string, Set<Entry>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Those that somebody listens to. */
  get channels(): string[] {
    return [...this.#byChannel.keys()];
  }

  has(channel: string): boolean {
    return this.#byChannel.has(channel);
  }

  /** Returns what ends it. */
  add(channel: string, listener: ChannelListener): () => void {
    const entries = this.#byChannel.get(channel) ?? new Set();
    const entry: Entry = { listener, hears: false };
    entries.add(entry);
    this.#byChannel.set(channel, entries);
    return () => {
      entries.delete(entry);
      if (entries.size === 0 && this.#byChannel.get(channel) === entries) this.#byChannel.delete(channel);
    };
  }

  deliver(channel: string, text: string): void {
    this.#each(channel, ({ listener }) => listener.message(text));
  }

  /** Messages of this channel come from now on: whoever did not know hears it. */
  resume(channel: string): void {
    this.#each(channel, (entry) => {
      if (entry.hears) return;
      entry.hears = true;
      entry.listener.resumed();
    });
  }

  /** Messages of any channel may be missed from now on. */
  interrupt(): void {
    for (const channel of this.channels) {
      this.#each(channel, (entry) => {
        if (!entry.hears) return;
        entry.hears = false;
        entry.listener.interrupted?.();
      });
    }
  }

  clear(): void {
    this.#byChannel.clear();
  }

  #each(channel: string, tell: (entry: Entry) => void): void {
    for (const entry of [...(this.#byChannel.get(channel) ?? [])]) {
      try {
        tell(entry);
      } catch (error) {
        this.#logger.error({ channel, reason: String(error) }, 'a listener of a channel failed');
      }
    }
  }
}
