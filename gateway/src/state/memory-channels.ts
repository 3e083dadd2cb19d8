/** Channels of one process: whoever subscribed has a message before `publish` resolves. There is never a gap. */
import type { Logger } from '../core/log.ts';
import { ListenerTable } from './channel-listeners.ts';
import { type ChannelListener, type OpenChannels, storeGone } from './store.ts';

export class MemoryChannels implements OpenChannels {
  readonly #listeners: ListenerTable;
  #closed = false;

  constructor(options: { readonly logger: Logger }) {
    this.#listeners = new ListenerTable(options.logger);
  }

  async publish(channel: string, message: string): Promise<void> {
    if (this.#closed) throw storeGone('closed');
    this.#listeners.deliver(channel, message);
  }

  subscribe(channel: string, listener: ChannelListener): () => void {
    const end = this.#listeners.add(channel, listener);
    // The caller has what ends this before it hears anything.
    queueMicrotask(() => this.#listeners.resume(channel));
    return end;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
  }
}
