/** Runs flows in a team's own tests, on the real engine with a journal in memory; their process may die and be followed. */
import type { Flow } from '../bff/flow/flow.ts';
import { FlowEngine, type FlowSettings } from '../bff/flow/flow-engine.ts';
import type { FlowJournal } from '../bff/flow/flow-journal.ts';
import { MemoryFlowJournals } from '../bff/flow/flow-journal-memory.ts';
import { type FlowOutcome, readRecord, runIdOf, stepKeyOf } from '../bff/flow/flow-record.ts';
import type { ErrorCode } from '../core/errors.ts';
import {
  type AgainOptions,
  Bench,
  type BenchRun,
  failOfMissing,
  type Notes,
  type TestOptions,
} from './bench.ts';
import { type CrashPoint, TestProcess } from './process.ts';
import { StepNotes } from './step-notes.ts';

export interface TestFlowOptions extends TestOptions {
  /** The caller's `Idempotency-Key`. Default: `key-1`. */
  readonly key?: string;
  /**
   * The process dies when this step has been carried out, before anybody heard of it: `payment`, `undo payment`. Another
   * process then finds the run in the journal and ends it.
   */
  readonly crashAfter?: string;
  /** The process dies when the journal says that this step begins, before it is called. */
  readonly crashBefore?: string;
}

/** What a further request of the same test may change. */
export interface FlowAgainOptions extends AgainOptions {
  /** Default: the key of before, so that it is the same run. */
  readonly key?: string;
  readonly crashAfter?: string;
  readonly crashBefore?: string;
}

/** Why a flow failed, as its caller is told. */
export interface TestedFailure {
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly title: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;
}

export interface TestedFlow extends Notes {
  /**
   * `answered`: all required steps are done. `failed`: none is, all was undone. `stuck`: something could not be undone.
   * `forgotten`: its process died before it did anything, and its key is free.
   */
  readonly outcome: 'answered' | 'failed' | 'stuck' | 'forgotten';
  /** The flow's answer; `undefined` where it failed. */
  readonly value: unknown;
  /** Optional steps that are missing. */
  readonly incomplete: readonly string[];
  readonly failure: TestedFailure | undefined;
  /** The required step that failed. */
  readonly failedStep: string | undefined;
  /** Steps by what became of them, in the flow's order. */
  readonly done: readonly string[];
  readonly undone: readonly string[];
  readonly failed: readonly string[];
  /** Steps of which something may be left. */
  readonly notUndone: readonly string[];
  /** Whether it is the answer of an earlier run with this key. */
  readonly replayed: boolean;
  /** Whether the process died, so that another ended the run; who asked got no answer then. */
  readonly crashed: boolean;
  /** What each step's requests are known by at its backend. */
  readonly keys: Readonly<Record<string, string>>;
  /** On the test's clock, milliseconds. */
  readonly durationMs: number;
  /** Asks again, with the same key where nothing else is said, of the same journal and backends. */
  again(options?: FlowAgainOptions): Promise<TestedFlow>;
}

const BFF = 'test';
const SETTINGS: FlowSettings = {
  lease: 15_000,
  keep: 86_400_000,
  undoFor: 600_000,
  maxOpen: 1000,
  keptPerCaller: 10_000,
};
/** How often a process looks for what others left, and how long it may take to end it, milliseconds. */
const LOOK_MS = 1000;
const MAX_LOOKS = 3600;

/**
 * Runs a flow for one caller. A flow that fails is a result; it rejects where nothing could begin (`insufficient_scope`,
 * `idempotency_key_reused`, `invalid_request`) and with a `MissingFakeError` where a call is made that nothing answers.
 */
export async function testFlow(flow: Flow, options: TestFlowOptions): Promise<TestedFlow> {
  return new FlowBench(flow, options).run(options);
}

/** Requests of one flow that share a journal. */
class FlowBench {
  readonly #flow: Flow;
  readonly #bench: Bench;
  readonly #journal: FlowJournal;

  constructor(flow: Flow, options: TestOptions) {
    const { kind, field, input, steps } = flow;
    const names = Object.keys(steps);
    const undos = names.filter((name) => steps[name]?.undo).map((name) => `undo ${name}`);
    const scopes = [...flow.scopes, ...Object.values(steps).flatMap((step) => step.scopes)];
    this.#flow = flow;
    this.#bench = new Bench({ kind, field, input, parts: [...names, ...undos], scopes }, options);
    this.#journal = new MemoryFlowJournals({ clock: this.#bench.clock }).of(BFF);
  }

  async run(options: FlowAgainOptions): Promise<TestedFlow> {
    const { key = 'key-1', crashAfter, crashBefore } = options;
    this.#checkPoint('crashAfter', crashAfter);
    this.#checkPoint('crashBefore', crashBefore);
    await this.#bench.pass(options.after);
    const noted = this.#bench.begin(options);
    const notes = new StepNotes();
    const { clock } = this.#bench;
    const beganAt = clock.now();
    const process = this.#process(noted, { after: crashAfter, before: crashBefore });
    const id = runIdOf({ bff: BFF, flow: this.#flow.field }, noted.context.identity, key);
    const told = await this.#ask(process, noted, notes, key);
    const outcome = told ?? (await this.#recovered(id, noted, notes));
    failOfMissing(noted);
    const { calls, sent, drifts } = noted;
    return {
      ...this.#said(outcome.outcome, notes),
      replayed: outcome.replayed,
      crashed: process.isDead,
      keys: Object.fromEntries(Object.keys(this.#flow.steps).map((name) => [name, stepKeyOf(id, name)])),
      calls,
      sent,
      drifts,
      durationMs: clock.now() - beganAt,
      again: (more = {}) => this.run({ key, ...more }),
    };
  }

  #process({ forRequest }: BenchRun, crash: CrashPoint): TestProcess {
    // As in earnest: steps share no memo, or an undo would read what was before.
    return new TestProcess(this.#flow, (step) => forRequest('step')(step), this.#journal, crash);
  }

  /** What its caller is told; `undefined` where the process died. */
  async #ask(
    process: TestProcess,
    { context, input }: BenchRun,
    notes: StepNotes,
    key: string,
  ): Promise<{ readonly outcome: FlowOutcome | undefined; readonly replayed: boolean } | undefined> {
    const engine = this.#engine(process, notes);
    const asked = engine.run({ flow: process.flow, input, key, context });
    asked.catch(() => {});
    return this.#bench.drive(Promise.race([asked, process.died.then(() => undefined)]));
  }

  /** Another process looks until nothing is open; then the journal says how it ended. */
  async #recovered(
    id: string,
    noted: BenchRun,
    notes: StepNotes,
  ): Promise<{ readonly outcome: FlowOutcome | undefined; readonly replayed: boolean }> {
    const { virtual } = this.#bench;
    const next = this.#process(noted, {});
    const engine = this.#engine(next, notes);
    for (let looked = 0; looked < MAX_LOOKS; looked += 1) {
      await virtual?.advance(LOOK_MS);
      await engine.recover(10);
      await virtual?.quiet();
      if ((await this.#journal.count()).open === 0 && engine.open === 0) break;
    }
    const known = await this.#journal.read(id);
    return { outcome: known && readRecord(known.document)?.outcome, replayed: false };
  }

  #engine(process: TestProcess, notes: StepNotes): FlowEngine {
    const engine = new FlowEngine({
      bff: BFF,
      journal: process.journal,
      settings: SETTINGS,
      clock: this.#bench.clock,
      random: () => 0.5,
      meter: notes.meter,
    });
    engine.use([process.flow], process.openClients);
    return engine;
  }

  #said(
    outcome: FlowOutcome | undefined,
    notes: StepNotes,
  ): Omit<TestedFlow, keyof Notes | 'replayed' | 'crashed' | 'keys' | 'durationMs' | 'again'> {
    const names = Object.keys(this.#flow.steps);
    const steps = {
      done: notes.named('done', names),
      undone: notes.named('undone', names),
      failed: notes.named('failed', names),
    };
    const none = {
      value: undefined,
      incomplete: [],
      failure: undefined,
      failedStep: undefined,
      notUndone: [],
    };
    if (!outcome) return { ...none, ...steps, outcome: 'forgotten' };
    if (outcome.kind === 'answered') {
      const { value, incomplete } = outcome;
      return { ...none, ...steps, outcome: 'answered', value, incomplete };
    }
    const { code, status, title, members = {} } = outcome.failure;
    const { failedStep, notUndone } = members;
    const left = Array.isArray(notUndone) ? notUndone.map(String) : [];
    return {
      ...none,
      ...steps,
      outcome: left.length > 0 ? 'stuck' : 'failed',
      failure: { code, status, title, members },
      failedStep: typeof failedStep === 'string' ? failedStep : undefined,
      notUndone: left,
    };
  }

  #checkPoint(option: string, point: string | undefined): void {
    if (point === undefined) return;
    const name = point.startsWith('undo ') ? point.slice('undo '.length) : point;
    const step = this.#flow.steps[name];
    if (step && (point === name || step.undo)) return;
    const names = Object.keys(this.#flow.steps).join(', ');
    throw new TypeError(
      `${option}: "${point}" is no step of ${this.#flow.field}, or its undo: it has ${names}`,
    );
  }
}
