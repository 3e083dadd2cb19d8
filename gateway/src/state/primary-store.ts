/**
 * The store of a worker whose state its primary process keeps. A primary that does not answer, or is gone, is like a Redis
 * that is gone: calls reject, and whoever uses the store has an answer for that.
 */
import type { Clock } from '../core/clock.ts';
import type { ListenerTable } from './channel-listeners.ts';
import { Batch, isAnswers, isNews, type PrimaryCall } from './primary-link.ts';
import { ReplyWatch } from './reply-watch.ts';
import { type PrimaryCalls, type StateStore, storeGone } from './store.ts';

/** A primary does little else than answer, but a machine that starts many processes at once keeps it from that. */
const CALL_LIMIT_MS = 2000;

/** This process's end of the channel: `process` itself. */
export interface WorkerEnd {
  readonly connected: boolean;
  send?(message: object): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'disconnect', listener: () => void): unknown;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class PrimaryStore implements StateStore, PrimaryCalls {
  readonly #end: WorkerEnd;
  readonly #watch: ReplyWatch;
  readonly #waiting = new Map<number, Waiting>();
  readonly #batch: Batch<PrimaryCall>;
  readonly #onMessage = (message: unknown): void => this.#take(message);
  readonly #onDisconnect = (): void => this.#lose();
  #heard: ListenerTable | undefined;
  #id = 0;
  #closed = false;

  constructor(options: { readonly clock: Clock; readonly end?: WorkerEnd }) {
    this.#end = options.end ?? process;
    this.#watch = new ReplyWatch({
      limitMs: CALL_LIMIT_MS,
      clock: options.clock,
      gone: () => storeGone('the primary process did not answer in time'),
      onGone: () => {},
    });
    this.#batch = new Batch((calls) => {
      if (this.#end.connected) this.#end.send?.({ frontdesk: 'state', calls });
    });
    this.#end.on('message', this.#onMessage);
    this.#end.on('disconnect', this.#onDisconnect);
  }

  get connected(): boolean {
    return !this.#closed && this.#end.connected;
  }

  async settled(): Promise<void> {}

  async get(key: string): Promise<string | undefined> {
    const value = await this.callPrimary('get', key);
    return typeof value === 'string' ? value : undefined;
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.callPrimary('set', [key, value, ttlMs]);
  }

  async delete(key: string): Promise<void> {
    await this.callPrimary('delete', key);
  }

  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (await this.callPrimary('add', [key, value, ttlMs])) === true;
  }

  callPrimary(operation: string, argument: unknown): Promise<unknown> {
    if (!this.connected) return Promise.reject(storeGone('the primary process is gone'));
    this.#id += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#id, { resolve, reject });
    this.#batch.add([this.#id, operation, argument]);
    return this.#watch.watch(promise);
  }

  hear(listeners: ListenerTable): void {
    this.#heard = listeners;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#end.off('message', this.#onMessage);
    this.#end.off('disconnect', this.#onDisconnect);
    this.#lose();
  }

  #take(message: unknown): void {
    if (isNews(message)) {
      this.#heard?.deliver(message.channel, message.text);
      return;
    }
    if (!isAnswers(message)) return;
    for (const [id, value, error] of message.answers) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(storeGone(error));
    }
  }

  #lose(): void {
    for (const { reject } of this.#waiting.values()) reject(storeGone('the primary process is gone'));
    this.#waiting.clear();
    this.#heard?.interrupt();
  }
}
