/** The place of one worker: a supervisor keeps a process in it, whichever is its newest takes the connections. */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { ProcessConfig } from '../processes/config.ts';
import type { ProcessMetrics } from '../processes/metrics.ts';
import { Supervisor } from '../processes/supervisor.ts';
import type { WorkerOrder } from './link.ts';
import type { WorkerChild } from './worker-child.ts';
import { WorkerProcess } from './worker-process.ts';

/** One that lived for so long failed for another reason than the last one. */
const GOOD_LIFE_MS = 5_000;

export interface SlotOptions {
  /** Counted from 1. */
  readonly number: number;
  readonly start: (number: number) => WorkerChild;
  readonly config: ProcessConfig;
  readonly order: (generation: number) => WorkerOrder;
  /** It is ready; it gets connections once it serves what is in force. */
  readonly onReady: (worker: WorkerProcess) => void;
  readonly onRoom: () => void;
  /** They went to a worker, and it has not taken them. */
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

  /** Starts it, and starts it again whenever it ends. Rejects where the first one does not become ready. */
  async begin(): Promise<void> {
    await this.supervisor.begin();
    if (this.supervisor.state !== 'ready') throw new Error(this.supervisor.lastEnd ?? 'it did not start');
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
    const { start, order, clock } = this.#options;
    const worker = new WorkerProcess(start(this.number), order(generation), {
      generation,
      clock,
      events: {
        onRoom: this.#options.onRoom,
        onMissed: (sockets) => this.#missed(worker, sockets),
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

  #missed(worker: WorkerProcess, sockets: readonly Socket[]): void {
    this.#options.logger.warn(
      { worker: this.number, pid: worker.pid, connections: sockets.length },
      'connections did not reach a worker, which may have no descriptors left: others get them',
    );
    this.#options.onLost(sockets);
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
