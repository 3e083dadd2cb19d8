/**
 * Journals that cannot be had yet, because the process before this one has their file still: until it lets go nothing is
 * begun here, and each call tries again.
 */
import type { Clock } from '../../core/clock.ts';
import { storeGone } from '../../state/store.ts';
import type { FlowJournal, FlowJournals } from './flow-journal.ts';

const AGAIN_MS = 200;

export interface AwaitedFlowJournalsOptions {
  readonly outlives: FlowJournals['outlives'];
  readonly open: () => Promise<FlowJournals>;
  readonly clock: Clock;
}

export class AwaitedFlowJournals implements FlowJournals {
  readonly outlives: FlowJournals['outlives'];
  readonly #options: AwaitedFlowJournalsOptions;
  #opened: FlowJournals | undefined;
  #opening: Promise<FlowJournals> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: AwaitedFlowJournalsOptions) {
    this.#options = options;
    this.outlives = options.outlives;
  }

  of(bff: string): FlowJournal {
    const journal = async (): Promise<FlowJournal> => (this.#opened ?? (await this.#open())).of(bff);
    return {
      open: async (...args) => (await journal()).open(...args),
      write: async (...args) => (await journal()).write(...args),
      renew: async (...args) => (await journal()).renew(...args),
      settle: async (...args) => (await journal()).settle(...args),
      park: async (...args) => (await journal()).park(...args),
      release: async (...args) => (await journal()).release(...args),
      drop: async (...args) => (await journal()).drop(...args),
      read: async (...args) => (await journal()).read(...args),
      take: async (...args) => (await journal()).take(...args),
      seize: async (...args) => (await journal()).seize(...args),
      list: async (...args) => (await journal()).list(...args),
      count: async () => (await journal()).count(),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => {});
    await this.#opened?.close();
  }

  /** One try at a time, and not at each call. */
  #open(): Promise<FlowJournals> {
    const { clock, open } = this.#options;
    if (this.#closed) return Promise.reject(storeGone('the journal of flows is closed'));
    if (this.#opening) return this.#opening;
    if (clock.now() < this.#triedAt + AGAIN_MS) return Promise.reject(notYet());
    this.#triedAt = clock.now();
    this.#opening = this.#try(open);
    return this.#opening;
  }

  async #try(open: () => Promise<FlowJournals>): Promise<FlowJournals> {
    try {
      this.#opened = await open();
      return this.#opened;
    } catch (cause) {
      throw notYet(cause);
    } finally {
      this.#opening = undefined;
    }
  }
}

function notYet(cause?: unknown) {
  return storeGone('the journal of flows is another process’s still', cause);
}
