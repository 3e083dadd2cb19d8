/**
 * The flows of all BFFs in this process: their journal, opened when the first BFF with flows is mounted, an engine for each
 * BFF, and the look now and then for what dead processes left. They outlive configurations.
 */

import type { FlowsConfig } from '../bff/flow/flow-config.ts';
import { FlowEngine } from '../bff/flow/flow-engine.ts';
import type { FlowJournals } from '../bff/flow/flow-journal.ts';
import { AwaitedFlowJournals } from '../bff/flow/flow-journal-awaited.ts';
import { FileFlowJournals, type FileFlowJournalsOptions } from '../bff/flow/flow-journal-file.ts';
import { MemoryFlowJournals } from '../bff/flow/flow-journal-memory.ts';
import { PrimaryFlowJournals } from '../bff/flow/flow-journal-primary.ts';
import { RedisFlowJournals } from '../bff/flow/flow-journal-redis.ts';
import { flowMeter } from '../bff/flow/flow-meter.ts';
import { readRecord } from '../bff/flow/flow-record.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { FlowEngines } from '../handlers/bff/flow-mount.ts';
import { FileHeldError } from '../state/file-hold.ts';
import { openPrimaryAccess, type PrimaryAccess } from '../state/primary-access.ts';
import { openScriptStore, type StateConfig } from '../state/state.ts';
import type { StateStore } from '../state/store.ts';

/** Runs that are taken over at one look, for each BFF. */
const MAX_TAKEN = 50;
/** Runs that operators are shown, for each BFF. */
const MAX_SHOWN = 100;
/** The first look: once what begins now has its clients. */
const FIRST_LOOK_MS = 100;

export interface FlowsOptions {
  readonly config: FlowsConfig;
  readonly state: StateConfig;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class Flows {
  readonly #options: FlowsOptions;
  readonly #engines = new Map<string, FlowEngine>();
  #journals: Promise<FlowJournals> | undefined;
  #disarm: (() => void) | undefined;
  #closed = false;
  #letGo: Promise<void> | undefined;
  #primary: PrimaryAccess | undefined;

  constructor(options: FlowsOptions) {
    this.#options = options;
  }

  /** Engines by BFF. Rejects where the journal's file cannot be read or written; whoever asks later tries again. */
  async engines(): Promise<FlowEngines> {
    this.#journals ??= this.#open();
    let journals: FlowJournals;
    try {
      journals = await this.#journals;
    } catch (error) {
      this.#journals = undefined;
      throw error;
    }
    if (!this.#disarm) this.#look(FIRST_LOOK_MS);
    return (bff) => {
      let engine = this.#engines.get(bff);
      if (!engine) {
        const { config: settings, clock, random, meter, logger } = this.#options;
        const journal = journals.of(bff);
        engine = new FlowEngine({
          bff,
          journal,
          settings,
          clock,
          random,
          meter: flowMeter(bff, meter, logger),
        });
        this.#engines.set(bff, engine);
      }
      return engine;
    };
  }

  /** What is open or stuck, for operators: no input and no values. */
  async view(): Promise<unknown> {
    const runs: unknown[] = [];
    for (const [bff, { journal }] of this.#engines) {
      for (const { id, state, document } of await journal.list(MAX_SHOWN)) {
        const record = readRecord(document);
        const steps = Object.entries(record?.steps ?? {}).map(([name, step]) => [name, step.state]);
        runs.push({
          id,
          bff,
          flow: record?.flow ?? null,
          state,
          phase: record?.phase ?? null,
          startedAt: record ? new Date(record.startedAt).toISOString() : null,
          requestId: record?.requestId ?? null,
          steps: Object.fromEntries(steps),
          failedStep: record?.cause?.step ?? null,
          reason: record?.reason ?? null,
        });
      }
    }
    return { runs };
  }

  /** Tries a stuck run again. False where none is called so. */
  async retry(id: string): Promise<boolean> {
    for (const engine of this.#engines.values()) if (await engine.retry(id)) return true;
    return false;
  }

  /**
   * Ends what is under way or hands it over, within `graceMs`. While upstreams can still be called. The journal is let go, so
   * that the process which comes after this one may have its file.
   */
  async drain(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#disarm?.();
    await Promise.all([...this.#engines.values()].map((engine) => engine.drain(graceMs)));
    this.#letGo ??= (this.#journals ?? Promise.resolve(undefined)).then(
      (journals) => journals?.close(),
      () => {},
    );
    await this.#letGo;
    await this.#primary?.close();
  }

  close(): Promise<void> {
    return this.drain(0);
  }

  #look(inMs: number): void {
    const { clock, config, random } = this.#options;
    this.#disarm = clock.after(inMs, () => {
      if (this.#closed) return;
      const looks = [...this.#engines.values()].map((engine) => engine.recover(MAX_TAKEN));
      void Promise.all(looks).then(() => {
        // Apart from others who look, so that not all of them come at once.
        if (!this.#closed) this.#look((config.lease / 3) * (0.75 + random() / 2));
      });
    });
  }

  async #open(): Promise<FlowJournals> {
    const { config, state, clock, logger } = this.#options;
    if (config.journal !== 'state') {
      const kept = await this.#keptByPrimary();
      // That of a BFF's process has other files, or none.
      return kept?.outlives === 'node' ? kept : openFlowFile({ file: config.journal.file, clock, logger });
    }
    const openRedis = openScriptStore(state, { clock, logger });
    if (openRedis) {
      const own = await openRedis();
      await own.settled();
      return new RedisFlowJournals(own);
    }
    logger.warn(
      {},
      'flows are written down in memory alone: what a crash leaves half done is not undone; set flows.journal.file or a Redis',
    );
    return (await this.#keptByPrimary()) ?? new MemoryFlowJournals({ clock });
  }

  async #keptByPrimary(): Promise<PrimaryFlowJournals | undefined> {
    const { store, clock } = this.#options;
    this.#primary ??= openPrimaryAccess(store, clock);
    return this.#primary && PrimaryFlowJournals.open(this.#primary);
  }
}

/** The journals of a node in a file: this process's alone. Rejects where it can be neither read nor written. */
export async function openFlowFile(options: FileFlowJournalsOptions): Promise<FlowJournals> {
  const open = () => FileFlowJournals.open(options);
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof FileHeldError)) throw error;
    const { clock, logger } = options;
    // The process that this one replaces ends its runs first; one of another gateway never lets go.
    logger.warn({ reason: error.message }, 'flows wait for their journal; until then none begins');
    return new AwaitedFlowJournals({ outlives: 'node', open, clock });
  }
}
