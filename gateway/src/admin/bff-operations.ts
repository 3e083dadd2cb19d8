/** What operators see of the BFFs, and what they may do with the processes of those that have one. */
import { bffName } from '../config/bff.ts';
import type { Config } from '../config/schema.ts';
import type { AdminBffs } from '../handlers/admin/admin-bffs.ts';
import type { BffLedger } from '../handlers/bff/ledger.ts';

export interface BffOperationsOptions {
  /** What serves now. */
  readonly config: () => Pick<Config, 'bffs'>;
  readonly ledger: Pick<BffLedger, 'view'>;
  readonly processes: {
    find(name: string): { readonly view: object; replace(): Promise<void> } | undefined;
  };
}

export function bffOperations({ config, ledger, processes }: BffOperationsOptions): AdminBffs {
  const one = (bff: Config['bffs'][number]): object => {
    const name = bffName(bff);
    return {
      name,
      mount: bff.mount,
      runs: bff.process ? 'process' : bff.package === undefined ? 'apart' : 'inside',
      package: bff.package ?? null,
      concurrency: bff.concurrency ?? null,
      process: bff.process ? (processes.find(name)?.view ?? null) : null,
      ...ledger.view(name),
    };
  };
  return {
    view: () => config().bffs.map(one),
    reload: async (name) => {
      const bff = config().bffs.find((known) => bffName(known) === name);
      const process = bff?.process && processes.find(name);
      if (!bff || !process) return undefined;
      await process.replace();
      return one(bff);
    },
  };
}
