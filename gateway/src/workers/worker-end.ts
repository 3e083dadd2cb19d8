/** The worker's side of what its primary tells it: begin, take over a configuration or leave it, get ready to go, go. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerBeats, isBeat, type SupervisedEnd } from '../processes/link.ts';
import {
  type FromWorker,
  fromWorker,
  isToWorker,
  type Served,
  type ToWorker,
  type WorkerOrder,
  type WorkerStatus,
} from './link.ts';

/** What is built and does not serve yet. */
export interface Decidable {
  commit(): Promise<void>;
  abandon(): Promise<void>;
}

/** What does the worker's work. */
export interface Work {
  prepare(served: Served): Promise<Decidable>;
  /** Why it should get no traffic, and requests in flight. */
  status(): Pick<WorkerStatus, 'notReady' | 'requestsInFlight'>;
}

const LOOP_RESOLUTION_MS = 20;
const MIB = 1024 * 1024;
const NANOS_PER_MS = 1e6;

export class WorkerLink {
  readonly #end: SupervisedEnd;
  readonly #order = Promise.withResolvers<WorkerOrder>();
  readonly #leave = Promise.withResolvers<string>();
  readonly #building = new Map<number, Promise<Decidable>>();
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  #work: Work | undefined;
  /** The primary has told that it shall get no more. */
  isLeaving = false;

  constructor(end: SupervisedEnd) {
    this.#end = end;
    answerBeats(end, () => this.#leave.resolve('the primary is gone'));
    end.on('message', (message) => {
      if (isBeat(message)) this.#tellStatus();
      else if (isToWorker(message)) this.#hear(message);
    });
    this.#loop.enable();
    this.#say({ kind: 'loaded' });
  }

  /** The first word of the primary. */
  get order(): Promise<WorkerOrder> {
    return this.#order.promise;
  }

  /** Resolves, with why, when it shall finish what it has begun and go. */
  get leave(): Promise<string> {
    return this.#leave.promise;
  }

  begin(work: Work): void {
    this.#work = work;
    this.#tellStatus();
  }

  /** Somebody else told this process to go: the primary starts another first. */
  askToLeave(): void {
    this.#say({ kind: 'leave' });
  }

  close(): void {
    this.#loop.disable();
    this.#end.disconnect?.();
  }

  #hear(message: ToWorker): void {
    switch (message.kind) {
      case 'begin':
        this.#order.resolve(message.order);
        return;
      case 'prepare':
        void this.#prepare(message.id, message.served);
        return;
      case 'decide':
        void this.#decide(message.id, message.commit);
        return;
      case 'announce':
        this.isLeaving = true;
        return;
      case 'drain':
        this.isLeaving = true;
        this.#leave.resolve('the primary said so');
    }
  }

  async #prepare(id: number, served: Served): Promise<void> {
    const work = this.#work;
    const built = work ? work.prepare(served) : Promise.reject(new Error('it has not begun'));
    this.#building.set(id, built);
    const fault = await faultOf(built);
    if (fault !== undefined) this.#building.delete(id);
    this.#say({ kind: 'prepared', id, fault });
  }

  async #decide(id: number, commit: boolean): Promise<void> {
    const building = this.#building.get(id);
    this.#building.delete(id);
    // One that is still under way is dropped as soon as it is done.
    const decided = building?.then((built) => (commit ? built.commit() : built.abandon()));
    const fault = decided ? await faultOf(decided) : 'there is nothing to decide';
    this.#say({ kind: 'decided', id, fault });
  }

  #tellStatus(): void {
    if (!this.#work) return;
    const { heapUsed, rss } = process.memoryUsage();
    const delay = this.#loop.max / NANOS_PER_MS - LOOP_RESOLUTION_MS;
    this.#loop.reset();
    this.#say({
      kind: 'status',
      status: {
        ...this.#work.status(),
        loopDelayMs: Math.max(0, Math.round(delay)),
        heapMb: Math.round(heapUsed / MIB),
        rssMb: Math.round(rss / MIB),
      },
    });
  }

  #say(message: FromWorker): void {
    this.#end.send?.(fromWorker(message));
  }
}

async function faultOf(done: Promise<unknown>): Promise<string | undefined> {
  try {
    await done;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
