/** The place of one worker: a supervisor keeps a process in it, whichever is its newest takes the connections. */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type StartedChild, startChild } from '../processes/child.ts';
import type { ProcessConfig } from '../processes/config.ts';
import type { ProcessMetrics } from '../processes/metrics.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { WORKER_VARIABLE, type WorkerOrder } from './link.ts';
import { WorkerProcess } from './worker-process.ts';

/** One that lived for so long failed for another reason than the last one. */
const GOOD_LIFE_MS = 5_000;

/** How a worker's process is started. */
export interface Program {
  readonly module: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface SlotOptions {
  /** Counted from 1. */
  readonly number: number;
  readonly program: Program;
  readonly config: ProcessConfig;
  readonly order: (generation: number) => WorkerOrder;
  /** Serves what it asks of the primary's state. */
  readonly adopt: (child: StartedChild['node']) => void;
  /** It is ready; it gets connections once it serves what is in force. */
  readonly onReady: (worker: WorkerProcess) => void;
  readonly onRoom: () => void;
  readonly onLost: (sockets: readonly Socket[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ProcessMetrics;
}

export class Slot {
  readonly number: number;
  readonly supervisor: Supervisor;
  readonly #options: SlotOptions;
  readonly #processes = new Map<number, WorkerProcess>();
  #current: WorkerProcess | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.number = options.number;
    const { config, clock, logger, metrics } = options;
    this.supervisor = new Supervisor({
      name: `worker ${options.number}`,
      config,
      start: (generation) => this.#start(generation),
      publish: (generation) => this.#publish(generation),
      goodLifeMs: GOOD_LIFE_MS,
      clock,
      logger,
      metrics,
    });
  }

  /** The one that takes connections, or shall as soon as it serves what is in force. */
  get current(): WorkerProcess | undefined {
    return this.#current?.isOver ? undefined : this.#current;
  }

  /** All that are there, those that leave too. */
  get processes(): IterableIterator<WorkerProcess> {
    return this.#processes.values();
  }

  /** A successor takes its place; resolves when the old one is gone. Rejects where the successor does not become ready. */
  async restart(): Promise<void> {
    const old = this.current;
    await this.supervisor.replace();
    await old?.gone;
  }

  get view(): object {
    const { current } = this;
    return {
      ...this.supervisor.view,
      worker: this.number,
      version: current?.version ?? null,
      connections: current?.connections ?? 0,
      ...current?.status,
    };
  }

  #start(generation: number): WorkerProcess {
    const { program, config, adopt, clock } = this.#options;
    const order = this.#options.order(generation);
    const memory = config.memory === undefined ? [] : [`--max-old-space-size=${config.memory}`];
    const child = startChild({
      module: program.module,
      args: program.args,
      execArgv: [...program.execArgv, ...memory],
      env: { ...program.env, [WORKER_VARIABLE]: String(this.number) },
      cwd: process.cwd(),
    });
    adopt(child.node);
    const worker = new WorkerProcess(child, order, {
      generation,
      clock,
      events: {
        onRoom: this.#options.onRoom,
        onLost: (sockets) => {
          this.#processes.delete(generation);
          this.#options.onLost(sockets);
        },
        onLeave: () => this.#onLeave(worker),
      },
    });
    this.#processes.set(generation, worker);
    return worker;
  }

  #publish(generation: number): void {
    const worker = this.#processes.get(generation);
    if (!worker || worker.isOver) throw new Error('it has ended');
    if (this.#current) this.#current.isOpen = false;
    this.#current = worker;
    this.#options.onReady(worker);
  }

  #onLeave(worker: WorkerProcess): void {
    if (worker !== this.#current || this.supervisor.state === 'closed') return;
    this.#options.logger.info({ worker: this.number }, 'a worker was told to go: another takes its place');
    this.supervisor.replace().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.error({ worker: this.number, reason }, 'its successor did not start: it stays');
    });
  }
}
