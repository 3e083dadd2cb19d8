/**
 * Keeps the planner's process: sends it operations, takes its plans, and starts another when it ended. A panic of
 * the native planner aborts its process, and a plan that never ends cannot be stopped from inside; here the one costs
 * an operation its answer, and the other is killed. The gateway itself is touched by neither.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import type * as Hive from '@graphql-hive/router-query-planner';
import { FrontdeskError } from '../../core/errors.ts';
import { isPlannerReport, type PlannerOrder, type PlannerReport } from './plan-protocol.ts';

/** A supergraph of several MB loads in well under a second; a process that takes longer will not come. */
const LOAD_WITHIN_MS = 30_000;
/** Past this a plan is not worth waiting for (budgets are far below), and its process is ended for the next one. */
const KILL_AFTER_MS = 1_000;

/** Operations that ended a process, which are not tried again; the oldest are forgotten. */
const MAX_DEADLY = 1_000;

const CHILD = new URL(`./planner-child${extname(import.meta.filename)}`, import.meta.url);

export interface PlannerProcessOptions {
  readonly supergraphSdl: string;
  /** Milliseconds that one plan may take before its process is killed; 1 s. */
  readonly killAfterMs?: number | undefined;
}

export class PlannerProcess {
  readonly consumerSdl: string;
  readonly #options: PlannerProcessOptions;
  #child: Child | undefined;
  #starting: Promise<Child> | undefined;
  readonly #deadly = new Set<string>();
  #closed = false;

  private constructor(options: PlannerProcessOptions, child: Child, consumerSdl: string) {
    this.#options = options;
    this.#child = child;
    this.consumerSdl = consumerSdl;
  }

  /** Rejects with an `Error` that says why the supergraph could not be loaded. */
  static async start(options: PlannerProcessOptions): Promise<PlannerProcess> {
    const { child, consumerSdl } = await startChild(options);
    return new PlannerProcess(options, child, consumerSdl);
  }

  /** The process's id, for tests; `undefined` while there is none. */
  get pid(): number | undefined {
    return this.#child?.alive ? this.#child.pid : undefined;
  }

  /** Rejects with `FrontdeskError('invalid_query')` where there is no plan, or where planning took the process with it. */
  async plan(document: string, operationName: string | null): Promise<Hive.QueryPlan> {
    if (this.#deadly.has(document)) throw unplannable('it ended the planner before');
    const child = await this.#living();
    try {
      return await child.plan(document, operationName, this.#options.killAfterMs ?? KILL_AFTER_MS);
    } catch (error) {
      if (!child.alive && !this.#closed) this.#remember(document);
      throw error;
    }
  }

  #remember(document: string): void {
    this.#deadly.add(document);
    for (const oldest of this.#deadly) {
      if (this.#deadly.size <= MAX_DEADLY) break;
      this.#deadly.delete(oldest);
    }
  }

  close(): void {
    this.#closed = true;
    this.#child?.end();
  }

  async #living(): Promise<Child> {
    if (this.#child?.alive) return this.#child;
    if (this.#closed) throw new FrontdeskError('internal', { detail: 'the planner is closed' });
    this.#starting ??= startChild(this.#options)
      .then(({ child }) => {
        this.#child = child;
        if (this.#closed) child.end();
        return child;
      })
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }
}

interface Waiting {
  readonly resolve: (plan: Hive.QueryPlan) => void;
  readonly reject: (error: FrontdeskError) => void;
  readonly timer: NodeJS.Timeout;
}

/** One process that has its supergraph. */
class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  alive = true;

  constructor(child: ChildProcess) {
    this.#process = child;
    child.on('message', (message) => {
      if (isPlannerReport(message)) this.#take(message);
    });
    child.once('exit', (_code, signal) => this.#ended(signal ?? 'an exit'));
    this.#holdNothing();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  plan(document: string, operationName: string | null, killAfterMs: number): Promise<Hive.QueryPlan> {
    const { promise, resolve, reject } = Promise.withResolvers<Hive.QueryPlan>();
    const id = this.#nextId++;
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), killAfterMs);
    this.#waiting.set(id, { resolve, reject, timer });
    // Whoever waits for a plan keeps this process alive; an idle planner does not.
    this.#process.channel?.ref();
    const order: PlannerOrder = { kind: 'plan', id, document, operationName };
    this.#process.send(order, (error) => {
      if (error) this.#ended('a broken channel');
    });
    return promise;
  }

  end(): void {
    this.#process.kill('SIGKILL');
  }

  #take(report: PlannerReport): void {
    if (report.kind !== 'planned' && report.kind !== 'unplannable') return;
    const waiting = this.#waiting.get(report.id);
    if (!waiting) return;
    this.#waiting.delete(report.id);
    clearTimeout(waiting.timer);
    if (this.#waiting.size === 0) this.#holdNothing();
    if (report.kind === 'planned') waiting.resolve(report.plan);
    else waiting.reject(unplannable(report.reason));
  }

  #ended(by: string): void {
    this.alive = false;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(unplannable(`the planner's process was ended by ${by}`));
    }
    this.#waiting.clear();
  }

  #holdNothing(): void {
    this.#process.unref();
    this.#process.channel?.unref();
  }
}

function unplannable(reason: string): FrontdeskError {
  return new FrontdeskError('invalid_query', { detail: `no query plan: ${reason}` });
}

function startChild({
  supergraphSdl,
}: PlannerProcessOptions): Promise<{ child: Child; consumerSdl: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ child: Child; consumerSdl: string }>();
  // It needs neither our environment (which holds secrets) nor our heap settings, and a panic's words are for nobody.
  const process = fork(CHILD, { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const timer = setTimeout(() => process.kill('SIGKILL'), LOAD_WITHIN_MS);
  const fail = (reason: string): void => {
    clearTimeout(timer);
    process.kill('SIGKILL');
    reject(new Error(reason));
  };
  process.once('error', (error) => fail(`the planner's process cannot be started: ${error.message}`));
  process.once('exit', (code, signal) =>
    fail(`the planner gave up on it (${signal ?? `exit code ${code}`})`),
  );
  process.once('message', (message) => {
    if (!isPlannerReport(message) || message.kind !== 'loaded') {
      return fail(
        isPlannerReport(message) && message.kind === 'unloadable' ? message.reason : 'no word of the planner',
      );
    }
    clearTimeout(timer);
    process.removeAllListeners('exit');
    resolve({ child: new Child(process), consumerSdl: message.consumerSdl });
  });
  const order: PlannerOrder = { kind: 'load', supergraphSdl };
  process.send(order, (error) => {
    if (error) fail(`the planner's process cannot be reached: ${error.message}`);
  });
  return promise;
}
