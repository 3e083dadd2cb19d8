/**
 * A process that runs flows in a test, and may die between any two steps: from then on nothing that it does reaches a backend
 * or the journal, and whoever waits for it waits for ever.
 */
import type { Flow, Stage } from '../bff/flow/flow.ts';
import type { FlowJournal } from '../bff/flow/flow-journal.ts';
import type { ErasedStepContext, ErasedUndoContext, Step } from '../bff/flow/flow-step.ts';
import type { OpenClients, PartScope } from '../bff/screen/part-run.ts';

/** Where a process dies: by a step's name, or `undo payment` for its undo. */
export interface CrashPoint {
  /** The step was carried out, and nobody has heard of it. */
  readonly after?: string | undefined;
  /** The journal says that it begins, and it was not called. */
  readonly before?: string | undefined;
}

export class TestProcess {
  readonly flow: Flow;
  readonly openClients: OpenClients;
  readonly journal: FlowJournal;
  /** Resolves when it dies. */
  readonly died: Promise<void>;
  #isDead = false;
  readonly #die: () => void;
  /** The scope that a step's doors were opened for, by its REST door. */
  readonly #scopes = new WeakMap<object, PartScope>();

  constructor(flow: Flow, openClients: OpenClients, journal: FlowJournal, crash: CrashPoint = {}) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#die = resolve;
    this.openClients = (scope) => {
      const clients = openClients(scope);
      const { rest, grpc } = clients;
      this.#scopes.set(rest, scope);
      return { rest, grpc, graph: (document, variables) => clients.graph(document, variables) };
    };
    this.journal = this.#through(journal);
    this.flow = this.#watched(flow, openClients, crash);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  #watched(flow: Flow, openClients: OpenClients, crash: CrashPoint): Flow {
    const steps: Record<string, Step> = {};
    for (const [name, step] of Object.entries(flow.steps)) {
      steps[name] = this.#watchedStep(name, step, openClients, crash);
    }
    const stages = flow.stages.map((stage): Stage => {
      const own: Record<string, Step> = {};
      for (const [name, step] of Object.entries(stage)) own[name] = steps[name] ?? step;
      return own;
    });
    return { ...flow, steps, stages };
  }

  #watchedStep(name: string, step: Step, openClients: OpenClients, crash: CrashPoint): Step {
    const { undo } = step;
    const run = (context: ErasedStepContext): Promise<unknown> =>
      this.#between(name, crash, async () => step.run(context));
    if (!undo) return { ...step, run };
    const undoName = `undo ${name}`;
    const taking = (context: ErasedUndoContext): Promise<unknown> => {
      const scope = this.#scopes.get(context.rest);
      const doors = scope && openClients({ ...scope, name: undoName });
      if (doors) {
        Object.assign(context, {
          rest: doors.rest,
          grpc: doors.grpc,
          graph: doors.graph.bind(doors),
        });
      }
      return this.#between(undoName, crash, async () => undo(context));
    };
    return { ...step, run, undo: taking };
  }

  async #between(name: string, crash: CrashPoint, work: () => Promise<unknown>): Promise<unknown> {
    if (crash.before === name) this.#crash();
    await this.#alive();
    const value = await work();
    if (crash.after === name) this.#crash();
    await this.#alive();
    return value;
  }

  #crash(): void {
    this.#isDead = true;
    this.#die();
  }

  async #alive(): Promise<void> {
    if (this.#isDead) await new Promise(() => {});
  }

  #through(journal: FlowJournal): FlowJournal {
    const through =
      <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) =>
      async (...given: Given): Promise<Answer> => {
        await this.#alive();
        const answer = await call(...given);
        await this.#alive();
        return answer;
      };
    return {
      open: through((...given) => journal.open(...given)),
      write: through((...given) => journal.write(...given)),
      renew: through((...given) => journal.renew(...given)),
      settle: through((...given) => journal.settle(...given)),
      park: through((...given) => journal.park(...given)),
      release: through((...given) => journal.release(...given)),
      drop: through((...given) => journal.drop(...given)),
      read: through((...given) => journal.read(...given)),
      take: through((...given) => journal.take(...given)),
      seize: through((...given) => journal.seize(...given)),
      list: through((...given) => journal.list(...given)),
      count: through(() => journal.count()),
    };
  }
}
