/**
 * Keeps a planner that runs beside the event loop, in a process or a thread: sends it operations, takes its plans,
 * and starts another when it ended. A plan that never ends cannot be stopped from inside, and a panic takes its
 * planner along: here the one is killed, and the other costs an operation its answer.
 */
import { FrontdeskError } from '../../core/errors.ts';
import type { PlanVariant } from './plan.ts';
import { isPlannerReport, type PlannerOrder, type PlannerReport } from './plan-protocol.ts';

/** A supergraph of several MB loads within seconds; a planner that takes longer will not come. */
const LOAD_WITHIN_MS = 30_000;
/** Past this a plan is not worth waiting for (budgets are far below), and its planner is ended for the next one. */
const KILL_AFTER_MS = 1_000;

/** Operations that ended a planner, which are not tried again; the oldest are forgotten. */
const MAX_DEADLY = 1_000;

/** A planner's process or thread. */
export interface PlannerChannel {
  /** Its process or thread id. */
  readonly id: number | undefined;
  send(order: PlannerOrder): void;
  kill(): void;
  /** Whether it keeps this process alive. */
  hold(on: boolean): void;
}

/** What a channel tells. `ended` may be told more than once. */
export interface PlannerEvents {
  message(message: unknown): void;
  ended(by: string): void;
}

/** Starts the planner of a module, in a process or in a thread. */
export type OpenPlanner = (module: URL, events: PlannerEvents) => PlannerChannel;

export interface PlannerHostOptions {
  readonly open: (events: PlannerEvents) => PlannerChannel;
  readonly supergraphSdl: string;
  /** Milliseconds that one plan may take before its planner is killed; 1 s. */
  readonly killAfterMs?: number | undefined;
}

/** The supergraph could not be loaded. */
export class PlannerLoadError extends Error {
  /** False where this platform does not have the planner. */
  readonly here: boolean;

  constructor(reason: string, here: boolean) {
    super(reason);
    this.here = here;
  }
}

/** `Plan` is the planner's own form of a plan. Nothing is started before `ready` or `plan`. */
export class PlannerHost<Plan> {
  readonly #options: PlannerHostOptions;
  #guest: Guest<Plan> | undefined;
  #starting: Promise<Guest<Plan>> | undefined;
  readonly #deadly = new Set<string>();
  #closed = false;

  constructor(options: PlannerHostOptions) {
    this.#options = options;
  }

  /** The process or thread, for tests; `undefined` while there is none. */
  get id(): number | undefined {
    return this.#guest?.alive ? this.#guest.id : undefined;
  }

  /** Resolves with the schema that clients see, once a planner stands. Rejects with a `PlannerLoadError`. */
  async ready(): Promise<string> {
    return (await this.#living()).consumerSdl;
  }

  /** Rejects with `FrontdeskError('invalid_query')` where there is no plan, or where planning took the planner with it. */
  async plan(document: string, operationName: string | null, variant: PlanVariant): Promise<Plan> {
    const key = `${variant.deferred}:${variant.overrides.join()}:${document}`;
    if (this.#deadly.has(key)) throw unplannable('it ended the planner before');
    const guest = await this.#living().catch((error: unknown) => {
      throw error instanceof PlannerLoadError ? unplannable(error.message) : error;
    });
    try {
      return await guest.plan(document, operationName, variant, this.#options.killAfterMs ?? KILL_AFTER_MS);
    } catch (error) {
      if (!guest.alive && !this.#closed) this.#remember(key);
      throw error;
    }
  }

  #remember(key: string): void {
    this.#deadly.add(key);
    for (const oldest of this.#deadly) {
      if (this.#deadly.size <= MAX_DEADLY) break;
      this.#deadly.delete(oldest);
    }
  }

  close(): void {
    this.#closed = true;
    this.#guest?.end();
  }

  async #living(): Promise<Guest<Plan>> {
    if (this.#guest?.alive) return this.#guest;
    if (this.#closed) throw new FrontdeskError('internal', { detail: 'the planner is closed' });
    this.#starting ??= Guest.start<Plan>(this.#options)
      .then((guest) => {
        this.#guest = guest;
        if (this.#closed) guest.end();
        return guest;
      })
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }
}

interface Waiting<Plan> {
  readonly resolve: (plan: Plan) => void;
  readonly reject: (error: FrontdeskError) => void;
  readonly timer: NodeJS.Timeout;
}

/** One process or thread that has its supergraph. */
class Guest<Plan> {
  readonly consumerSdl: string;
  readonly #channel: PlannerChannel;
  readonly #waiting = new Map<number, Waiting<Plan>>();
  #nextId = 0;
  alive = true;

  private constructor(channel: PlannerChannel, consumerSdl: string) {
    this.#channel = channel;
    this.consumerSdl = consumerSdl;
    channel.hold(false);
  }

  static start<Plan>({ open, supergraphSdl }: PlannerHostOptions): Promise<Guest<Plan>> {
    const { promise, resolve, reject } = Promise.withResolvers<Guest<Plan>>();
    let guest: Guest<Plan> | undefined;
    const fail = (reason: string, here: boolean): void => {
      clearTimeout(timer);
      channel.kill();
      reject(new PlannerLoadError(reason, here));
    };
    const channel = open({
      message(message) {
        if (!isPlannerReport<Plan>(message)) return;
        if (guest) return guest.#take(message);
        if (message.kind !== 'loaded') {
          const known = message.kind === 'unloadable';
          return fail(known ? message.reason : 'no word of the planner', !known || message.here);
        }
        clearTimeout(timer);
        guest = new Guest<Plan>(channel, message.consumerSdl);
        resolve(guest);
      },
      ended(by) {
        if (guest) guest.#ended(by);
        else fail(`the planner gave up on it (${by})`, true);
      },
    });
    const timer = setTimeout(() => fail('the planner took too long to load it', true), LOAD_WITHIN_MS);
    channel.send({ kind: 'load', supergraphSdl });
    return promise;
  }

  get id(): number | undefined {
    return this.#channel.id;
  }

  plan(
    document: string,
    operationName: string | null,
    variant: PlanVariant,
    killAfterMs: number,
  ): Promise<Plan> {
    const { promise, resolve, reject } = Promise.withResolvers<Plan>();
    const id = this.#nextId++;
    const timer = setTimeout(() => this.#channel.kill(), killAfterMs);
    this.#waiting.set(id, { resolve, reject, timer });
    // Whoever waits for a plan keeps this process alive; an idle planner does not.
    this.#channel.hold(true);
    this.#channel.send({ kind: 'plan', id, document, operationName, variant });
    return promise;
  }

  end(): void {
    this.#channel.kill();
  }

  #take(report: PlannerReport<Plan>): void {
    if (report.kind !== 'planned' && report.kind !== 'unplannable') return;
    const waiting = this.#waiting.get(report.id);
    if (!waiting) return;
    this.#waiting.delete(report.id);
    clearTimeout(waiting.timer);
    if (this.#waiting.size === 0) this.#channel.hold(false);
    if (report.kind === 'planned') waiting.resolve(report.plan);
    else waiting.reject(unplannable(report.reason));
  }

  #ended(by: string): void {
    this.alive = false;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(unplannable(`the planner was ended by ${by}`));
    }
    this.#waiting.clear();
  }
}

function unplannable(reason: string): FrontdeskError {
  return new FrontdeskError('invalid_query', { detail: `no query plan: ${reason}` });
}
