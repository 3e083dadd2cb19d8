/**
 * Runs what a plan defers. A deferred part starts as soon as the fetches that it depends on are through, beside
 * whatever the answer still waits for, and merges into the same data; who writes the payloads is told when it is done.
 */
import { Cancellation } from '../../core/abort.ts';
import type { Clock } from '../../core/clock.ts';
import { Deadline } from '../../core/deadline.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { DeferNode, PlanNode } from '../plan/plan.ts';
import { idsOf } from '../plan/possible-depends.ts';
import type { Deferrals, Run, RunPlan } from './run.ts';

/** What one execution puts off. */
export class Deferral implements Deferrals {
  #run: Run | undefined;
  readonly #cancellation = new Cancellation();
  readonly #stopListening: () => void;
  readonly #deadline: Deadline;
  readonly #fetches = new Map<string, PromiseWithResolvers<void>>();
  readonly #parts = new Map<string, PromiseWithResolvers<void>>();
  readonly #done = new Set<string>();
  #over = false;

  /** The exchange's deadline ends with its first payload; `timeoutMs` from now everything deferred is given up. */
  constructor({ cancellation }: CallContext, clock: Clock, timeoutMs: number) {
    this.#stopListening = cancellation.onCancel((reason) => this.#cancellation.cancel(reason));
    this.#cancellation.onCancel(() => this.#letGo());
    this.#deadline = new Deadline(clock, this.#cancellation);
    this.#deadline.within(timeoutMs);
  }

  /** To be called before the run begins. */
  attach(run: Run): void {
    const { id, client, host, identity, timeline, trace } = run.context;
    const context: CallContext = {
      id,
      client,
      host,
      identity,
      deadline: this.#deadline,
      cancellation: this.#cancellation,
      timeline,
      trace,
    };
    // The header fields are out before these fetches are through.
    this.#run = { ...run, context, loose: [], deferrals: this, replyFields: undefined };
  }

  /** The run of all deferred parts: the answer's data, with a deadline, failures and errors of its own. */
  get run(): Run {
    if (!this.#run) throw new TypeError('nothing runs yet');
    return this.#run;
  }

  fetched(id: string): void {
    this.#fetch(id).resolve();
  }

  /** Nothing more is fetched: whoever waits for a fetch, and be it one that no plan has, learns it at once. */
  #letGo(): void {
    this.#over = true;
    for (const fetch of this.#fetches.values()) fetch.resolve();
  }

  async start(label: string, depends: readonly string[], part: RunPlan | undefined): Promise<void> {
    await Promise.all(depends.map((id) => this.#fetch(id).promise));
    await part?.(this.run);
    this.#done.add(label);
    this.#part(label).resolve();
  }

  isDone(label: string): boolean {
    return this.#done.has(label);
  }

  /** Resolves when the part is through, whatever came of it. */
  done(label: string): Promise<void> {
    return this.#part(label).promise;
  }

  /** Whoever the answer was for has gone, or has it all. */
  end(reason?: Error): void {
    this.#stopListening();
    this.#deadline.end();
    if (reason) this.#cancellation.cancel(reason);
  }

  #fetch(id: string): PromiseWithResolvers<void> {
    const fetch = entry(this.#fetches, id);
    if (this.#over) fetch.resolve();
    return fetch;
  }

  #part(label: string): PromiseWithResolvers<void> {
    return entry(this.#parts, label);
  }
}

function entry(map: Map<string, PromiseWithResolvers<void>>, key: string): PromiseWithResolvers<void> {
  let known = map.get(key);
  if (!known) {
    known = Promise.withResolvers();
    map.set(key, known);
  }
  return known;
}

/** Runs the primary part; the others follow in their own time. Where nobody takes payloads, all of it runs. */
export function compileDefer(
  node: DeferNode,
  compile: (node: NonNullable<DeferNode['primary']>) => RunPlan,
): RunPlan {
  const compiled = (part: PlanNode | undefined) => part && announcing(idsOf(part), compile(part));
  const primary = compiled(node.primary);
  const parts = node.deferred.map(({ label, depends, node: part }) => ({
    label,
    depends,
    run: compiled(part),
  }));
  return async (run) => {
    const { deferrals } = run;
    if (!deferrals) {
      await primary?.(run);
      for (const part of parts) await part.run?.(run);
      return;
    }
    // Not awaited: none of them rejects, and `done` tells of each.
    for (const { label, depends, run: part } of parts) deferrals.start(label, depends, part);
    await primary?.(run);
  };
}

/** Of a part that is through, even the fetches are that its conditions left out: nobody is to wait for them. */
function announcing(ids: readonly string[], part: RunPlan): RunPlan {
  return async (run) => {
    await part(run);
    for (const id of ids) run.deferrals?.fetched(id);
  };
}

/** Tells those that wait for a fetch when it is through. */
export function announced(id: string | undefined, fetch: RunPlan): RunPlan {
  if (id === undefined) return fetch;
  return async (run) => {
    await fetch(run);
    run.deferrals?.fetched(id);
  };
}
