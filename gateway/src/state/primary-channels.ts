/** Channels between the workers of one node: the primary process passes messages on, in order, without gaps. */
import type { Logger } from '../core/log.ts';
import { ListenerTable } from './channel-listeners.ts';
import type { PrimaryStore } from './primary-store.ts';
import { type ChannelListener, type OpenChannels, storeGone } from './store.ts';

export class PrimaryChannels implements OpenChannels {
  readonly #store: PrimaryStore;
  readonly #listeners: ListenerTable;
  #closed = false;

  constructor(options: { readonly store: PrimaryStore; readonly logger: Logger }) {
    this.#store = options.store;
    this.#listeners = new ListenerTable(options.logger);
    this.#store.hear(this.#listeners);
  }

  async publish(channel: string, message: string): Promise<void> {
    if (this.#closed) throw storeGone('closed');
    await this.#store.callPrimary('publish', [channel, message]);
  }

  subscribe(channel: string, listener: ChannelListener): () => void {
    if (this.#closed) return () => {};
    const end = this.#listeners.add(channel, listener);
    queueMicrotask(() => !this.#closed && this.#store.connected && this.#listeners.resume(channel));
    return end;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
  }
}
