/**
 * Who listens to which channel. A listener that throws is logged and keeps nobody else from hearing; a message longer than any
 * of ours is not given to anybody.
 */
import type { Logger } from '../core/log.ts';
import type { ChannelListener } from './store.ts';

/** Everything that processes tell each other is far shorter: a longer one is of somebody else. */
const MAX_MESSAGE_CHARS = 256 * 1024;

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
    if (text.length > MAX_MESSAGE_CHARS) {
      this.#logger.warn(
        { channel, length: text.length },
        'a message is too long to be of a gateway: it is dropped',
      );
      return;
    }
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
