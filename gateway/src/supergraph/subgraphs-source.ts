/**
 * A supergraph composed of running subgraphs: each is asked for its schema (`_service { sdl }`) now and again, and
 * where one has changed they are composed anew. Asking is the gateway's, through `ask`; composing is a thread's.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../core/clock.ts';
import {
  type ComposeOrder,
  type ComposeReport,
  type ComposeStart,
  isComposeReport,
} from './compose-protocol.ts';
import { plainReason, type SupergraphFollower, type SupergraphSource } from './source.ts';

export interface SubgraphsSourceOptions extends ComposeStart {
  readonly startWithinMs: number;
  readonly clock: Clock;
  /** Asks a running subgraph; gives its SDL, or rejects with an `Error` in plain words. */
  readonly ask: (subgraph: string, query: string) => Promise<string>;
  /** Ends what `ask` uses. */
  readonly close?: () => Promise<void>;
}

const THREAD = new URL(`./compose-thread${extname(import.meta.filename)}`, import.meta.url);
/** Composition of the largest supergraphs fits; what does not ends the thread and not the gateway. */
const MAX_HEAP_MB = 2_048;
const MAX_YOUNG_MB = 32;

interface Reading {
  readonly resolve: (sdl: string) => void;
  readonly reject: (error: Error) => void;
}

export class SubgraphsSource implements SupergraphSource {
  readonly name: string;
  readonly remote = true;
  readonly polls = true;
  readonly startWithinMs: number;
  readonly #options: SubgraphsSourceOptions;
  readonly #reading = new Map<number, Reading>();
  #nextId = 0;
  /** Those that did not tell their schemas when they were asked last. */
  readonly #silent = new Set<string>();
  #thread: Worker | undefined;
  #follower: SupergraphFollower | undefined;
  #disarm: (() => void) | undefined;
  #closed = false;

  constructor(options: SubgraphsSourceOptions) {
    this.name = `the subgraphs ${options.subgraphs.map(({ name }) => name).join(', ')}`;
    this.startWithinMs = options.startWithinMs;
    this.#options = options;
  }

  read(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const id = this.#nextId++;
    this.#thread ??= this.#start();
    // Whoever waits for a supergraph keeps the process alive; polling does not.
    this.#thread.ref();
    this.#reading.set(id, { resolve, reject });
    this.#order({ kind: 'read', id });
    return promise;
  }

  follow(follower: SupergraphFollower): void {
    this.#follower = follower;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#follower = undefined;
    this.#disarm?.();
    await this.#thread?.terminate();
    await this.#options.close?.();
  }

  #start(): Worker {
    const { subgraphs, pollMs } = this.#options;
    const start: ComposeStart = { subgraphs, pollMs };
    const thread = new Worker(THREAD, {
      workerData: start,
      // It reads the environment for itself alone, and nothing of it may make it call anyone.
      env: { APOLLO_TELEMETRY_DISABLED: 'true' },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    });
    let why = 'it ended';
    thread.on('message', (message: unknown) => {
      if (isComposeReport(message)) this.#take(message);
    });
    thread.on('error', (error) => {
      why = plainReason(error);
    });
    thread.once('exit', () => this.#ended(thread, why));
    return thread;
  }

  #take(report: ComposeReport): void {
    switch (report.kind) {
      case 'ask':
        void this.#ask(report.id, report.subgraph, report.query);
        return;
      case 'changed':
        this.#follower?.changed(report.sdl);
        return;
      case 'failed':
        this.#follower?.failed(report.reason);
        return;
      case 'refused':
        this.#follower?.refused(report.reason);
        return;
      default: {
        const reading = this.#reading.get(report.id);
        this.#reading.delete(report.id);
        if (this.#reading.size === 0) this.#thread?.unref();
        if (report.kind === 'read') reading?.resolve(report.sdl);
        else reading?.reject(new Error(report.reason));
      }
    }
  }

  async #ask(id: number, subgraph: string, query: string): Promise<void> {
    try {
      this.#order({ kind: 'told', id, sdl: await this.#options.ask(subgraph, query) });
      // A poll that finds nothing new says nothing of it.
      if (this.#silent.delete(subgraph) && this.#silent.size === 0) this.#follower?.unchanged();
    } catch (error) {
      this.#silent.add(subgraph);
      this.#order({ kind: 'untold', id, reason: plainReason(error) });
    }
  }

  #order(order: ComposeOrder): void {
    this.#thread?.postMessage(order);
  }

  /** A thread that ended by itself (out of memory) is started again at the time of the next poll. */
  #ended(thread: Worker, why: string): void {
    if (this.#thread === thread) this.#thread = undefined;
    const reason = `composition was ended: ${why}`;
    for (const { reject } of this.#reading.values()) reject(new Error(reason));
    this.#reading.clear();
    if (this.#closed) return;
    this.#follower?.failed(reason);
    this.#readLater();
  }

  #readLater(): void {
    const { clock, pollMs } = this.#options;
    this.#disarm = clock.after(pollMs, () => {
      this.read().then(
        (sdl) => this.#follower?.changed(sdl),
        (error: unknown) => {
          this.#follower?.failed(plainReason(error));
          // Where the thread ended again, that has seen to it.
          if (this.#thread) this.#readLater();
        },
      );
    });
  }
}
