/**
 * Processes that have loaded the program and wait to be told which worker they are. To load it is most of a start; with a
 * spare one a worker that died is replaced in the time that its configuration takes. They serve nothing and know no configuration.
 */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import { isFromWorker } from './link.ts';
import type { WorkerChild } from './worker-child.ts';

/** As a worker's number in its environment: none yet. */
export const SPARE_NUMBER = 0;

export interface SparesOptions {
  /** How many, at most. */
  readonly count: number;
  readonly start: () => WorkerChild;
  /** So long after one ended that nobody had a use for, before another is started. */
  readonly backoffMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

export class Spares {
  readonly #options: SparesOptions;
  /** Each, and whether it has loaded the program. */
  readonly #waiting = new Map<WorkerChild, boolean>();
  readonly #gauge: Instrument | undefined;
  #cancelFill: (() => void) | undefined;
  #isClosed = false;

  constructor(options: SparesOptions) {
    this.#options = options;
    if (options.count === 0) return;
    this.#gauge = options.meter.gauge({
      name: 'frontdesk_workers_spare',
      help: 'Processes that have loaded the program and wait to take the place of a worker',
      labels: [],
    });
    this.#tell();
  }

  /** Starts what is missing, one at a time: those that serve need the processors, too. */
  fill(): void {
    const isLoading = [...this.#waiting.values()].includes(false);
    if (this.#isClosed || this.#cancelFill || isLoading || this.#waiting.size >= this.#options.count) return;
    const child = this.#begun();
    if (!child) return;
    this.#waiting.set(child, false);
    child.onMessage((message) => {
      if (!isFromWorker(message) || message.kind !== 'loaded' || !this.#waiting.has(child)) return;
      this.#waiting.set(child, true);
      this.#tell();
      this.fill();
    });
    child.onEnd((reason) => this.#ended(child, reason));
  }

  /** One that nobody has any more but who asks; rather one that has loaded. `undefined` where there is none. */
  take(): WorkerChild | undefined {
    const waiting = [...this.#waiting];
    const [child] = waiting.find(([, hasLoaded]) => hasLoaded) ?? waiting[0] ?? [];
    if (!child) return undefined;
    this.#waiting.delete(child);
    this.#tell();
    return child;
  }

  /** They go, and no others come. */
  close(): void {
    this.#isClosed = true;
    this.#cancelFill?.();
    for (const child of [...this.#waiting.keys()]) {
      this.#waiting.delete(child);
      child.kill('SIGKILL');
    }
  }

  #begun(): WorkerChild | undefined {
    try {
      return this.#options.start();
    } catch (error) {
      this.#later(error instanceof Error ? error.message : String(error), undefined);
      return undefined;
    }
  }

  #ended(child: WorkerChild, reason: string): void {
    if (!this.#waiting.delete(child)) return;
    this.#tell();
    this.#later(reason, child.pid);
  }

  #later(reason: string, pid: number | undefined): void {
    const { clock, logger, backoffMs } = this.#options;
    logger.warn({ pid, reason, waitMs: backoffMs }, 'a spare process ended: another is started');
    this.#cancelFill ??= clock.after(backoffMs, () => {
      this.#cancelFill = undefined;
      this.fill();
    });
  }

  #tell(): void {
    this.#gauge?.([...this.#waiting.values()].filter((hasLoaded) => hasLoaded).length);
  }
}
