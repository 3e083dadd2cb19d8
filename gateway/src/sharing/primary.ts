/**
 * What a primary process keeps for the workers it forks: keys and values, limits, revocations, channels and logs where no
 * Redis does, and what is in files of this node, which one process alone can write: quotas, flows. Whoever forks gives a worker
 * `environment` and then calls `adopt`; in the worker `openStore` finds it by itself.
 */
import { serveRevocations } from '../auth/revocation/primary-revocations.ts';
import { serveFlows } from '../bff/flow/flow-journal-primary.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { serveLimits } from '../limits/primary-limits.ts';
import { QuotaJournal } from '../limits/quota-journal.ts';
import { FileHeldError } from '../state/file-hold.ts';
import { PRIMARY_STATE } from '../state/primary-link.ts';
import { serveLogs } from '../state/primary-log.ts';
import { PrimaryServer, type Worker } from '../state/primary-server.ts';
import { openFlowFile } from './flows.ts';
import { serveTickets } from './shared-tickets.ts';

/** The process that this one replaces has the files for as long as it finishes what it began. */
const AGAIN_MS = 200;

export interface PrimaryState {
  /** For the environment of workers. */
  readonly environment: Readonly<Record<string, string>>;
  adopt(worker: Worker): void;
  /** Opens the files. Before workers are started; rejects where one can be neither read nor written. */
  open(): Promise<void>;
  /** Writes what is to be written and lets go of the files. After the workers have ended. */
  close(): Promise<void>;
}

export interface PrimaryStateOptions {
  /** What is kept in files. Default: nothing. */
  readonly config?: Pick<Config, 'state' | 'flows'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createPrimaryState({ config, clock, logger }: PrimaryStateOptions): PrimaryState {
  const common = { clock, logger };
  const server = new PrimaryServer(common);
  const { state = 'memory', flows } = config ?? {};
  const quotas =
    typeof state === 'object' && 'file' in state ? new HeldQuotas(state.file, common) : undefined;
  const journal = flows?.journal;
  const openFlows =
    journal && journal !== 'state' ? () => openFlowFile({ file: journal.file, ...common }) : undefined;
  serveLimits(server, { clock, journal: quotas?.journal });
  serveRevocations(server, common);
  const closeFlows = serveFlows(server, { clock, open: openFlows });
  serveLogs(server, common);
  serveTickets(server);
  return {
    environment: PRIMARY_STATE,
    adopt: (worker) => server.adopt(worker),
    open: async () => quotas?.open(),
    close: async () => {
      await closeFlows();
      await quotas?.close();
    },
  };
}

/** The journal of quotas, as soon as the process before this one lets go of it. */
class HeldQuotas {
  readonly journal: Promise<QuotaJournal>;
  readonly #opened = Promise.withResolvers<QuotaJournal>();
  readonly #options: { readonly file: string; readonly clock: Clock; readonly logger: Logger };
  #current: QuotaJournal | undefined;
  #disarm: (() => void) | undefined;

  constructor(file: string, common: { readonly clock: Clock; readonly logger: Logger }) {
    this.#options = { file, ...common };
    this.journal = this.#opened.promise;
  }

  /** Rejects for what waiting does not mend. */
  async open(): Promise<void> {
    try {
      this.#current = await QuotaJournal.open(this.#options);
      this.#opened.resolve(this.#current);
    } catch (error) {
      if (!(error instanceof FileHeldError)) throw error;
      const { clock, logger } = this.#options;
      if (!this.#disarm)
        logger.warn(
          { reason: error.message },
          'quotas wait for their file; until then each worker has its share',
        );
      this.#disarm = clock.after(AGAIN_MS, () => {
        this.open().catch((failed: unknown) => {
          logger.error({ reason: String(failed) }, 'the file of quotas cannot be opened');
        });
      });
    }
  }

  async close(): Promise<void> {
    this.#disarm?.();
    await this.#current?.close();
  }
}
