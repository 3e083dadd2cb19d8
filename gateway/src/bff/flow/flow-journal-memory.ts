/** A journal in this process's memory: it fences and answers replays, and is gone with the process. */
import type { Clock } from '../../core/clock.ts';
import type { FlowJournal, FlowJournals } from './flow-journal.ts';
import { FlowTable } from './flow-table.ts';

export class MemoryFlowJournals implements FlowJournals {
  readonly outlives = 'process';
  readonly #clock: Clock;
  readonly #journals = new Map<string, FlowJournal>();

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  of(bff: string): FlowJournal {
    let journal = this.#journals.get(bff);
    if (!journal) {
      journal = journalOver(new FlowTable({ clock: this.#clock }));
      this.#journals.set(bff, journal);
    }
    return journal;
  }

  async close(): Promise<void> {
    this.#journals.clear();
  }
}

/** A journal over a table; `saved` is waited for before a change is answered. */
export function journalOver(table: FlowTable, saved: () => Promise<void> = async () => {}): FlowJournal {
  const after = async <Answer>(answer: Answer): Promise<Answer> => {
    await saved();
    return answer;
  };
  return {
    open: async (...args) => after(table.open(...args)),
    write: async (...args) => after(table.write(...args)),
    renew: async (...args) => after(table.renew(...args)),
    settle: async (...args) => after(table.settle(...args)),
    park: async (...args) => after(table.park(...args)),
    release: async (...args) => after(table.release(...args)),
    drop: async (id, token) => after(table.drop(id, token)),
    take: async (...args) => after(table.take(...args)),
    seize: async (...args) => after(table.seize(...args)),
    read: async (id) => after(table.read(id)),
    list: async (max) => table.list(max),
    count: async () => table.count(),
  };
}
