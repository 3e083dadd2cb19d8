/** What tests of flows share: a backend with books, and processes that die or pause at any point and come back. */
import { Cancellation } from '../../core/abort.ts';
import { Deadline } from '../../core/deadline.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { Identity } from '../../core/identity.ts';
import { type Logger, noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { storeGone } from '../../state/store.ts';
import { json } from '../backend.ts';
import { BackendStatusError } from '../backend-failure.ts';
import type { OpenClients, PartScope } from '../screen/part-run.ts';
import type { Flow } from './flow.ts';
import { flowMaker } from './flow.ts';
import { FlowEngine, type FlowSettings } from './flow-engine.ts';
import type { FlowJournal } from './flow-journal.ts';
import { MemoryFlowJournals } from './flow-journal-memory.ts';
import { flowMeter } from './flow-meter.ts';
import { stepMaker } from './flow-step.ts';

export const SETTINGS: FlowSettings = {
  lease: 15_000,
  keep: 86_400_000,
  undoFor: 600_000,
  maxOpen: 1000,
  keptPerCaller: 10_000,
};

const backends = {
  bank: {
    post: { '/work': json<{ readonly key: string }>(), '/undo': json<{ readonly key: string }>() },
  },
} as const;

export const step = stepMaker<typeof backends, Record<string, unknown>>();
export const flow = flowMaker<Record<string, unknown>>();

/** How a piece of work goes. `lost`: it is done, and its answer breaks. `hangs`: it is done and never answered. */
export type Manner = 'works' | 'refused' | 'fails' | 'lost' | 'hangs';

export interface StepPlan {
  readonly name: string;
  readonly kind: 'effect' | 'read' | 'optional';
  readonly repeatable: boolean;
  readonly manner: Manner;
  /** So many undos fail before one works. */
  readonly undoFails: number;
}

/** A flow by its plan: each step works at the bank with its key, and undoes by it. */
export function plannedFlow(stages: readonly (readonly StepPlan[])[], field = 'ride'): Flow {
  const steps = stages.map((stage) =>
    Object.fromEntries(
      stage.map(({ name, kind, repeatable }) => {
        const run = ({ rest, key }: { rest: Bank; key: string }) => rest.bank.post('/work', { body: key });
        const timeout = '400ms';
        if (kind === 'effect') {
          return [
            name,
            step(run, {
              repeatable,
              timeout,
              undoTimeout: '500ms',
              undo: ({ rest, key, value }) => rest.bank.post('/undo', { body: { key, value } }),
            }),
          ];
        }
        return [name, step(run, { repeatable, timeout, optional: kind === 'optional' })];
      }),
    ),
  );
  return flow({ path: '/ride', field, deadline: '3s', steps, answer: () => 'done' });
}

interface Bank {
  readonly bank: {
    post(path: '/work' | '/undo', options: { body: unknown }): Promise<{ readonly key: string }>;
  };
}

/** What the backend knows: what is there, by the key that it was asked for with. */
export class Books {
  readonly there = new Set<string>();
  readonly closed = new Set<string>();
  readonly effectiveUndos = new Map<string, number>();
  /** In the order in which calls began; `late` ones come from the network, and nobody begins them. */
  readonly calls: { readonly process: string; readonly what: 'work' | 'undo'; readonly key: string }[] = [];

  work(key: string, manner: Manner): void {
    if (manner === 'refused' || this.closed.has(key)) throw new BackendStatusError('bank', 'POST /work', 409);
    if (manner === 'fails') throw new FrontdeskError('upstream_connect', { detail: 'nobody listens' });
    this.there.add(key);
    if (manner === 'lost') throw new FrontdeskError('upstream_reset', { detail: 'the answer broke' });
  }

  undo(key: string): void {
    this.closed.add(key);
    if (!this.there.delete(key)) return;
    this.effectiveUndos.set(key, (this.effectiveUndos.get(key) ?? 0) + 1);
  }
}

export interface WorldOptions {
  readonly flow: Flow;
  readonly plans?: readonly StepPlan[];
}

/** The clock, the journal and the books: what outlives every process. */
export class World {
  readonly clock = new ManualClock();
  journal: FlowJournal;
  readonly books = new Books();
  readonly flow: Flow;
  readonly #plans: ReadonlyMap<string, StepPlan>;
  readonly #undone = new Map<string, number>();
  readonly #worked = new Map<string, number>();

  constructor({ flow, plans = [] }: WorldOptions, journal?: (clock: ManualClock) => FlowJournal) {
    this.flow = flow;
    this.journal = journal?.(this.clock) ?? new MemoryFlowJournals({ clock: this.clock }).of('test');
    this.#plans = new Map(plans.map((plan) => [plan.name, plan]));
  }

  /** The journal is empty from now on. */
  forget(): void {
    this.journal = new MemoryFlowJournals({ clock: this.clock }).of('test');
  }

  planOf(name: string): StepPlan {
    return (
      this.#plans.get(name) ?? { name, kind: 'effect', repeatable: false, manner: 'works', undoFails: 0 }
    );
  }

  /** The first call goes as planned; a repeated one gives what is there. */
  mannerOf(key: string, plan: StepPlan): Manner {
    const times = (this.#worked.get(key) ?? 0) + 1;
    this.#worked.set(key, times);
    return plan.manner === 'refused' || times === 1 ? plan.manner : 'works';
  }

  undoFails(key: string, plan: StepPlan): boolean {
    const times = this.#undone.get(key) ?? 0;
    this.#undone.set(key, times + 1);
    return times < plan.undoFails;
  }
}

/** Lets everything that can go on do so. */
export async function settle(turns = 3): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** So many calls of the journal go unanswered when a process is cut off from it. */
const CUT_CALLS = 80;

/** `forgotten`: its journal loses everything, and it goes on. */
export type StopKind = 'dead' | 'paused' | 'cut off' | 'forgotten';

/**
 * A process: its engine, and the one point at which it dies, pauses or loses its journal for a while, counted over all
 * calls, before and after each.
 */
export class TestProcess {
  readonly name: string;
  readonly world: World;
  readonly engine: FlowEngine;
  /** Of each call to the backend. */
  readonly contexts: CallContext[] = [];
  /** Points passed. */
  points = 0;
  state: 'runs' | 'dead' | 'paused' = 'runs';
  readonly #stopAt: number;
  readonly #stopAs: StopKind;
  #cut = 0;
  readonly #resumed = Promise.withResolvers<void>();

  constructor(
    name: string,
    world: World,
    {
      stopAt = Number.POSITIVE_INFINITY,
      stopAs = 'dead',
      settings = SETTINGS,
      logger = noLogger,
    }: {
      stopAt?: number;
      stopAs?: StopKind;
      settings?: FlowSettings;
      logger?: Logger;
    } = {},
  ) {
    this.name = name;
    this.world = world;
    this.#stopAt = stopAt;
    this.#stopAs = stopAs;
    this.engine = new FlowEngine({
      bff: 'test',
      journal: this.#journal(),
      settings,
      clock: world.clock,
      random: () => 0.5,
      meter: flowMeter('test', noMeter, logger),
    });
    this.engine.use([world.flow], this.#clients());
  }

  /** Starts the flow for a caller; the outcome, or the error that the caller gets. */
  async ask(
    key: string | undefined,
    {
      input = {},
      identity = makeIdentity(),
      deadlineMs = 5000,
      context = callerContext(this.world.clock, identity, deadlineMs),
    }: {
      input?: Record<string, unknown>;
      identity?: Identity;
      deadlineMs?: number;
      context?: CallContext;
    } = {},
  ) {
    return this.engine.run({ flow: this.world.flow, input, key, context });
  }

  resume(): void {
    this.state = 'runs';
    this.#resumed.resolve();
  }

  async #pass(): Promise<void> {
    this.points += 1;
    if (this.points === this.#stopAt) {
      if (this.#stopAs === 'cut off') this.#cut = CUT_CALLS;
      else if (this.#stopAs === 'forgotten') this.world.forget();
      else this.state = this.#stopAs;
    }
    if (this.state === 'dead') await new Promise(() => {});
    if (this.state === 'paused') await this.#resumed.promise;
  }

  #journal(): FlowJournal {
    const { world } = this;
    const through =
      <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
      async (...args: Args): Promise<Answer> => {
        await this.#pass();
        const isCut = this.#cut > 0;
        if (isCut) this.#cut -= 1;
        // Of those that are not answered every other one was carried out.
        if (isCut && this.#cut % 2 === 0) throw storeGone('cut off');
        const answer = await call(...args);
        if (isCut) throw storeGone('cut off');
        await this.#pass();
        return answer;
      };
    return {
      open: through((...args) => world.journal.open(...args)),
      write: through((...args) => world.journal.write(...args)),
      renew: through((...args) => world.journal.renew(...args)),
      settle: through((...args) => world.journal.settle(...args)),
      park: through((...args) => world.journal.park(...args)),
      release: through((...args) => world.journal.release(...args)),
      drop: through((...args) => world.journal.drop(...args)),
      read: through((...args) => world.journal.read(...args)),
      take: through((...args) => world.journal.take(...args)),
      seize: through((...args) => world.journal.seize(...args)),
      list: through((...args) => world.journal.list(...args)),
      count: through(() => world.journal.count()),
    };
  }

  #clients(): OpenClients {
    return (scope) => ({
      grpc: {},
      graph: async () => undefined,
      rest: {
        bank: {
          post: (path: string, { body }: { body: unknown }) =>
            path === '/work' ? this.#work(scope, String(body)) : this.#undo(scope, keyOf(body)),
        },
      },
    });
  }

  async #work({ name, context }: PartScope, key: string): Promise<{ key: string }> {
    context.cancellation.throwIfCancelled();
    const { books } = this.world;
    books.calls.push({ process: this.name, what: 'work', key });
    const plan = this.world.planOf(name);
    const manner = this.world.mannerOf(key, plan);
    await this.#pass();
    if (plan.kind === 'effect') books.work(key, manner);
    else if (manner !== 'works' && manner !== 'hangs') throw new FrontdeskError('upstream_connect');
    if (manner === 'hangs') await new Promise(() => {});
    await this.#pass();
    return { key };
  }

  async #undo({ name, context }: PartScope, key: string): Promise<{ key: string }> {
    context.cancellation.throwIfCancelled();
    const { books } = this.world;
    this.contexts.push(context);
    books.calls.push({ process: this.name, what: 'undo', key });
    await this.#pass();
    if (this.world.undoFails(key, this.world.planOf(name))) throw new FrontdeskError('upstream_connect');
    books.undo(key);
    await this.#pass();
    return { key };
  }
}

function keyOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'key' in body ? String(body.key) : '';
}

export function callerContext(clock: ManualClock, identity: Identity, deadlineMs: number): CallContext {
  const cancellation = new Cancellation();
  const deadline = new Deadline(clock, cancellation);
  deadline.within(deadlineMs);
  return { ...contextOn(clock, identity), cancellation, deadline };
}
