/** The primary process's side: keeps the state of its workers in memory, answers their calls, passes their messages on. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { MemoryStore } from './memory.ts';
import { Batch, isCalls, type PrimaryAnswer, type PrimaryCall } from './primary-link.ts';

/** A worker as the primary sees it: what `fork` returns. */
export interface Worker {
  readonly connected: boolean;
  send(message: object): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

/** Answers one kind of call with what JSON can say; what it throws is told to the worker. */
export type Operation = (argument: unknown) => unknown;

export class PrimaryServer {
  readonly #workers = new Set<Worker>();
  readonly #operations = new Map<string, Operation>();
  readonly #logger: Logger;

  constructor(options: { readonly clock: Clock; readonly logger: Logger; readonly maxEntries?: number }) {
    this.#logger = options.logger;
    const { clock, maxEntries } = options;
    const store = new MemoryStore(maxEntries === undefined ? { clock } : { clock, maxEntries });
    this.operation('get', (key) => store.get(text(key)));
    this.operation('delete', (key) => store.delete(text(key)));
    this.operation('set', (entry) => store.set(...entryOf(entry)));
    this.operation('add', (entry) => store.add(...entryOf(entry)));
    this.operation('publish', (news) => {
      const [channel, message] = Array.isArray(news) ? news : [];
      this.publish(text(channel), text(message));
    });
  }

  /** Adds a kind of call; other rooms bring theirs. */
  operation(name: string, answer: Operation): void {
    this.#operations.set(name, answer);
  }

  /** Tells all workers. Returns how many there are. */
  publish(channel: string, message: string): number {
    for (const worker of this.#workers) send(worker, { channel, text: message });
    return this.#workers.size;
  }

  /** Serves a worker until it is gone. */
  adopt(worker: Worker): void {
    this.#workers.add(worker);
    worker.once('disconnect', () => this.#workers.delete(worker));
    const answers = new Batch<PrimaryAnswer>((batch) => send(worker, { answers: batch }));
    worker.on('message', (message) => {
      if (!isCalls(message)) return;
      for (const call of message.calls) {
        this.#answer(call).then(
          (answer) => answers.add(answer),
          () => {},
        );
      }
    });
  }

  async #answer([id, name, argument]: PrimaryCall): Promise<PrimaryAnswer> {
    try {
      const operation = this.#operations.get(name);
      if (!operation) throw new TypeError(`the primary process knows no ${name}`);
      return [id, (await operation(argument)) ?? null];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.error({ reason }, 'a call of a worker failed');
      return [id, null, reason];
    }
  }
}

function send(worker: Worker, message: object): void {
  if (worker.connected) worker.send({ frontdesk: 'state', ...message });
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('expected a text');
  return value;
}

function entryOf(entry: unknown): [key: string, value: string, ttlMs: number] {
  const [key, value, ttlMs] = Array.isArray(entry) ? entry : [];
  return [text(key), text(value), Number(ttlMs)];
}
