/**
 * The workers that serve, and what they serve: each connection goes to one of them; a configuration is taken over by all or
 * by none; they are replaced one by one. One that starts begins with what is in force.
 */
import type { Socket } from 'node:net';
import type { Change, ChangeTarget, ProcessVersion } from '../change/change.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Instrument, Meter } from '../core/meter.ts';
import { processMetrics } from '../processes/metrics.ts';
import { supervision, type WorkerSettings } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { type Served, toWorker, type WorkerOrder } from './link.ts';
import { RollingRestart } from './rolling-restart.ts';
import { Slot } from './slot.ts';
import { SPARE_NUMBER, Spares } from './spares.ts';
import type { WorkerChild } from './worker-child.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A configuration may have documents to fetch and plans to warm. */
const PREPARE_WITHIN_MS = 60_000;
/** It is built: only to be taken. */
const DECIDE_WITHIN_MS = 5_000;
/** Beyond the grace that a worker gives its requests. */
const LEAVE_MARGIN_MS = 1_000;

export interface PoolOptions {
  readonly settings: WorkerSettings;
  /** How many. */
  readonly count: number;
  /** How long a worker that leaves finishes what it has begun. */
  readonly graceMs: number;
  /** How many start at a time, at the beginning; two at least. */
  readonly startAtOnce: number;
  /** Starts the process of the worker with that number. */
  readonly start: (number: number) => WorkerChild;
  readonly served: Served;
  /** Where connections are accepted. */
  readonly place: WorkerOrder['place'];
  /** Where a worker answers operators; `undefined` where nobody asks. */
  readonly adminSocket: ((worker: number, generation: number) => string) | undefined;
  /** Told of each worker that connections go to from now on. Default: nobody is. */
  readonly onAdmitted?: (worker: number, generation: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** A worker that connections go to. */
interface Present {
  readonly number: number;
  readonly worker: WorkerProcess;
}

/** Takes over what was built. Whether it did. */
type Commit = () => Promise<boolean>;

export class WorkerPool implements ChangeTarget {
  readonly #options: PoolOptions;
  readonly #slots: readonly Slot[];
  readonly #spares: Spares;
  readonly #dispatcher: Dispatcher;
  readonly #reloads: Instrument;
  readonly rolling: RollingRestart;
  #served: Served;
  #isLeaving = false;
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PoolOptions) {
    const { settings, count, graceMs, start, clock, logger, meter } = options;
    this.#options = options;
    this.#served = options.served;
    const metrics = processMetrics(meter);
    this.#reloads = meter.counter({
      name: 'frontdesk_workers_changes_total',
      help: 'Configurations that all workers were asked to take over, by whether they did',
      labels: ['result'],
    });
    this.#spares = new Spares({
      count: settings.spare,
      start: () => start(SPARE_NUMBER),
      backoffMs: settings.maxBackoff,
      clock,
      logger,
      meter,
    });
    this.#slots = Array.from(
      { length: count },
      (_, i) =>
        new Slot({
          number: i + 1,
          start: (worker) => this.#spares.take() ?? start(worker),
          config: supervision(settings, graceMs + LEAVE_MARGIN_MS),
          order: (generation) => this.#order(i + 1, generation),
          onReady: (worker) => void this.#admit(i + 1, worker),
          onRoom: () => this.#dispatcher.flush(),
          onLost: (sockets) => this.#again(sockets),
          clock,
          logger,
          metrics,
        }),
    );
    this.rolling = new RollingRestart(this.#slots, { clock, logger });
    this.#dispatcher = new Dispatcher({ settings, takers: () => this.#open(), clock, meter });
  }

  /**
   * Resolves when one of them serves; the others follow. As many start at a time as there are CPUs: more would only make each
   * slower. Rejects where none of the first can: then none is left.
   */
  async start(): Promise<void> {
    const atOnce = Math.max(2, this.#options.startAtOnce);
    const begun = this.#slots.slice(0, atOnce).map((slot) => slot.begin());
    const others = this.#slots.slice(atOnce).values();
    for (const one of begun) void one.catch(() => {}).then(() => this.#startOthers(others));
    try {
      await Promise.any(begun);
    } catch {
      const [first] = this.#slots;
      await this.close();
      throw new Error(`no worker could be started: ${first?.supervisor.lastEnd ?? 'none became ready'}`);
    }
  }

  /** One after the other, in several such rows. */
  async #startOthers(others: Iterable<Slot>): Promise<void> {
    for (const slot of others) {
      if (this.#isLeaving) return;
      await slot.begin().catch(() => {});
    }
  }

  /** Gives a connection to a worker. */
  dispatch(socket: Socket): void {
    this.#dispatcher.dispatch(socket);
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  /** Connections that wait for a worker. */
  get waiting(): number {
    return this.#dispatcher.waiting;
  }

  get served(): Served {
    return this.#served;
  }

  apply({ version, bundle }: Change | Served): Promise<void> {
    const applied = this.#turn.then(() => this.#apply({ version, bundle }));
    this.#turn = applied.catch(() => {});
    return applied.then(
      () => this.#reloads(1, 'applied'),
      (error) => {
        this.#reloads(1, 'refused');
        throw error;
      },
    );
  }

  /** One worker builds it, and drops it again: it is fit or unfit for all alike. Rejects as `apply` would. */
  rehearse({ version, bundle }: Served): Promise<void> {
    const rehearsed = this.#turn.then(async () => {
      const [first] = this.#present();
      if (!first) throw new Error('no worker is there to try it');
      try {
        await this.#prepare(first, { version, bundle });
      } finally {
        first.worker.abandon();
      }
    });
    this.#turn = rehearsed.catch(() => {});
    return rehearsed;
  }

  versions(): readonly ProcessVersion[] {
    return this.#slots.flatMap(({ number, current }) => {
      if (!current?.isOpen) return [];
      return [{ process: String(number), pid: current.pid ?? 0, version: current.version }];
    });
  }

  /** They serve on, and say to whoever asks that they shall get nothing more. */
  announce(): void {
    this.#isLeaving = true;
    for (const worker of this.#processes()) worker.send(toWorker({ kind: 'announce' }));
  }

  /** All finish what they have begun, for so long at most, and go. */
  async close(graceMs = 0): Promise<void> {
    this.#isLeaving = true;
    this.#spares.close();
    this.#dispatcher.flush();
    // Who was accepted while workers were busy gets to one of them before these are told to take no more.
    const leftMs = graceMs > 0 ? await this.#emptied(graceMs) : 0;
    await Promise.all(this.#slots.map(({ supervisor }) => supervisor.close(leftMs + LEAVE_MARGIN_MS)));
    this.#dispatcher.close();
  }

  /** Nobody waits for a worker any more, or the time is over. What is left of it. */
  async #emptied(withinMs: number): Promise<number> {
    const { clock } = this.#options;
    const began = clock.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    const disarm = clock.after(withinMs, resolve);
    await Promise.race([this.#dispatcher.emptied(), promise]);
    disarm();
    return Math.max(0, withinMs - (clock.now() - began));
  }

  /** Why this node should get no traffic: nothing where one worker is ready. With the reasons of those that are not. */
  notReady(): readonly string[] {
    const reasons = this.#slots.flatMap(({ number, supervisor, current }) => {
      const said = current?.isOpen ? (current.status?.notReady ?? []) : [`is ${supervisor.state}`];
      return said.length === 0 ? [] : [said.map((reason) => `worker ${number}: ${reason}`)];
    });
    if (this.#isLeaving) return ['draining'];
    return reasons.length < this.#slots.length ? [] : reasons.flat();
  }

  get view(): object {
    return {
      version: this.#served.version,
      waitingConnections: this.#dispatcher.waiting,
      restart: this.rolling.view,
      workers: this.#slots.map(({ view }) => view),
    };
  }

  #order(worker: number, generation: number): WorkerOrder {
    const { count, place, adminSocket } = this.#options;
    return { ...this.#served, worker, workers: count, place, adminSocket: adminSocket?.(worker, generation) };
  }

  *#processes(): Iterable<WorkerProcess> {
    for (const { processes } of this.#slots) yield* processes;
  }

  *#open(): Iterable<WorkerProcess> {
    for (const { current } of this.#slots) if (current) yield current;
  }

  /** What nobody has taken of those of a worker that is gone. */
  #again(sockets: readonly Socket[]): void {
    for (const socket of sockets) this.#dispatcher.dispatch(socket);
  }

  async #apply(served: Served): Promise<void> {
    const present = this.#present();
    const [first, ...others] = present;
    if (!first) throw new Error('no worker is there to take it over');
    try {
      // One goes ahead, each time: what ends a process that tries it ends no more than that one.
      const goAhead = await this.#prepare(first, served);
      const commits = await Promise.all(others.map((other) => this.#prepareUnlessGone(other, served)));
      if (!(await goAhead())) {
        throw new Error(`worker ${first.number} did not take over what it had built, and was killed`);
      }
      this.#served = served;
      await Promise.all(commits.map((commit) => commit()));
    } catch (error) {
      for (const { worker } of present) worker.abandon();
      throw error;
    }
    // Those that became ready meanwhile, with what they began with: only then nobody serves the old one.
    const late = this.#present().filter(({ worker }) => !this.#isUpToDate(worker));
    await Promise.all(late.map(({ number, worker }) => this.#admit(number, worker)));
  }

  #present(): Present[] {
    return this.#slots.flatMap(({ number, current: worker }) => (worker?.isOpen ? [{ number, worker }] : []));
  }

  async #prepare({ number, worker }: Present, served: Served): Promise<Commit> {
    try {
      const id = await worker.prepare(served, PREPARE_WITHIN_MS);
      return () => this.#commit(worker, id, served);
    } catch (error) {
      throw new Error(`worker ${number}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** One that ends meanwhile is no reason against it: another could build it, and a successor begins with it. */
  async #prepareUnlessGone(present: Present, served: Served): Promise<Commit> {
    try {
      return await this.#prepare(present, served);
    } catch (error) {
      if (!present.worker.isOver) throw error;
      return async () => false;
    }
  }

  /** Whether it did. One that does not, though it could, is of no use: another starts with what is in force. */
  async #commit(worker: WorkerProcess, id: number, served: Served): Promise<boolean> {
    try {
      await worker.decide(id, DECIDE_WITHIN_MS);
      worker.serves = served;
      return true;
    } catch (error) {
      const reason = reasonOf(error);
      this.#options.logger.error({ pid: worker.pid, reason }, 'a worker did not take over: it is killed');
      worker.kill('SIGKILL');
      return false;
    }
  }

  #isUpToDate({ version }: WorkerProcess): boolean {
    const { number, digest } = this.#served.version;
    return version.number === number && version.digest === digest;
  }

  /** It gets connections from the moment on at which it serves what is in force. */
  async #admit(number: number, worker: WorkerProcess): Promise<void> {
    worker.isOpen = false;
    if (this.#isLeaving) worker.send(toWorker({ kind: 'announce' }));
    while (!this.#isUpToDate(worker) && !worker.isOver) {
      const served = this.#served;
      try {
        await this.#commit(worker, await worker.prepare(served, PREPARE_WITHIN_MS), served);
      } catch (error) {
        const reason = reasonOf(error);
        this.#options.logger.error({ worker: number, reason }, 'a worker cannot serve what is in force');
        worker.kill('SIGKILL');
        return;
      }
    }
    const slot = this.#slots[number - 1];
    if (worker.isOver || slot?.current !== worker) return;
    worker.isOpen = true;
    // Not before: what serves comes first.
    if (this.#present().length === this.#slots.length) this.#spares.fill();
    this.#dispatcher.flush();
    this.#options.onAdmitted?.(number, worker.generation);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
