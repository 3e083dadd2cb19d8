/**
 * One run of a flow, by the process that holds it: forward through its stages, and back where one fails. What must be known
 * after a crash is in the journal before it is done: a step with an `undo` is `begun` there before its first call, and a
 * success is there before anybody is told of it.
 */
import type { Clock, Random } from '../../core/clock.ts';
import { FrontdeskError, toFrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import type { OpenClients } from '../screen/part-run.ts';
import type { Flow } from './flow.ts';
import { failureOf, isDefinite, StepFailure } from './flow-failure.ts';
import { type FlowHold, FlowLostError } from './flow-hold.ts';
import type { FlowMeter, RunEnd } from './flow-meter.ts';
import {
  answerOf,
  failedOutcome,
  isUnsettled,
  keptFailure,
  logOf,
  unsettled,
  withoutClient,
} from './flow-outcome.ts';
import { endedRecord, type FlowOutcome, identityOf } from './flow-record.ts';
import type { Step } from './flow-step.ts';
import { runStep, type StepScope } from './flow-step-run.ts';
import { isLeft, undoAll } from './flow-undo.ts';

/** An optional step behind the commit that says nothing of its time has so long. */
const OPTIONAL_MS = 5000;
const FIRST_RETRY_MS = 100;
const SETTLE_AGAIN_MS = 1000;

export interface FlowRunOptions {
  readonly flow: Flow;
  readonly hold: FlowHold;
  readonly context: CallContext;
  /** The clients of the newest configuration. */
  readonly clients: () => OpenClients;
  /** Until when, from now, the required steps must be done. */
  readonly deadlineMs: number;
  readonly keepMs: number;
  readonly undoForMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: FlowMeter;
}

/** How a run ended; `burned`: its key answers with this from now on. */
export interface RunResult {
  readonly outcome: FlowOutcome;
  readonly burned: boolean;
}

export class FlowRun {
  readonly flow: Flow;
  readonly hold: FlowHold;
  readonly #options: FlowRunOptions;
  readonly #startedAt: number;
  readonly #endsAt: number;
  #stop: Error | undefined;
  #context: CallContext;
  /** The journal says so. */
  #isCommitted = false;

  constructor(options: FlowRunOptions) {
    const { flow, hold, context, clock, deadlineMs } = options;
    this.flow = flow;
    this.hold = hold;
    this.#options = options;
    this.#context = context;
    this.#startedAt = clock.now();
    this.#endsAt = this.#startedAt + deadlineMs;
  }

  /** What a caller who waits no longer may be told: that the run is committed, and what there is of its answer. */
  get committed(): FlowOutcome | undefined {
    return this.#isCommitted ? this.hold.record.outcome : undefined;
  }

  /** Asks a run that is not committed to go back; the steps that run now end first. */
  stop(reason: Error): void {
    this.#stop ??= reason;
  }

  /** From the beginning. Rejects with `flow_unsettled` where its end is not known here. */
  async forward(): Promise<RunResult> {
    try {
      for (let index = 0; index <= this.flow.pivot; index += 1) await this.#stage(index);
      const outcome = this.#answer();
      this.#mayGoOn();
      if (this.flow.stages.length === this.flow.pivot + 1) return await this.#end(outcome);
      this.hold.record.phase = 'committed';
      this.hold.record.outcome = outcome;
      await this.#decided(() => this.hold.save());
      this.#isCommitted = true;
    } catch (thrown) {
      if (isUnsettled(thrown)) return this.#unsettled(thrown);
      return this.#back(thrown);
    }
    return this.#behind();
  }

  /** Ends a run whose owner is gone, or that was stuck. */
  async recover(): Promise<RunResult> {
    const { record } = this.hold;
    if (record.phase === 'committed') {
      this.#isCommitted = true;
      for (const [name, step] of Object.entries(record.steps)) {
        if (step.state !== 'begun') continue;
        if (this.flow.steps[name]?.repeatable) delete record.steps[name];
        else step.state = 'failed';
      }
      return this.#behind();
    }
    delete record.reason;
    return this.#back(
      new StepFailure(null, new FrontdeskError('stream_ended', { detail: 'its process is gone' })),
    );
  }

  /** Runs what of a stage has not run. Rejects with the first failure of a required step, when all have ended. */
  async #stage(index: number): Promise<void> {
    const { record } = this.hold;
    const stage = this.flow.stages[index] ?? {};
    const due = Object.entries(stage).filter(([name, step]) => !record.steps[name] && this.#isAllowed(step));
    const isBehind = index > this.flow.pivot;
    this.#mayGoOn(isBehind);
    for (const [name, { undo }] of due) record.steps[name] = { state: 'begun', effect: undo !== undefined };
    const mustBeKnown = isBehind || due.some(([, { undo }]) => undo !== undefined);
    try {
      if (mustBeKnown && due.length > 0) await this.hold.save();
    } catch (error) {
      // Of what was not called nothing is left.
      for (const [name] of due) delete record.steps[name];
      throw error;
    }
    let failure: StepFailure | undefined;
    const ended = due.map(async ([name, step]) => {
      try {
        await this.#step(name, step, isBehind);
        if (step.undo && due.length > 1) this.hold.save().catch(() => {});
      } catch (thrown) {
        this.#failed(name, step, thrown);
        if (thrown instanceof FlowLostError || !step.optional) failure ??= new StepFailure(name, thrown);
      }
    });
    await Promise.all(ended);
    if (failure?.cause instanceof FlowLostError) throw failure.cause;
    if (failure) throw failure;
  }

  async #step(name: string, step: Step, isBehind: boolean): Promise<void> {
    const { clock, meter } = this.#options;
    const ownEnd = clock.now() + (step.timeoutMs ?? (isBehind ? OPTIONAL_MS : Number.POSITIVE_INFINITY));
    const endsAt = isBehind ? ownEnd : Math.min(ownEnd, this.#endsAt);
    for (let tried = 0; ; tried += 1) {
      try {
        const value = await runStep(this.#scope(), name, step, Math.max(1, endsAt - clock.now()));
        this.hold.record.steps[name] = {
          state: 'done',
          effect: step.undo !== undefined,
          ...(value === undefined ? {} : { value }),
        };
        meter.step(this.flow.field, name, 'done');
        return;
      } catch (thrown) {
        const pauseMs = FIRST_RETRY_MS * 2 ** tried;
        const { retryable } = toFrontdeskError(thrown);
        if (tried >= step.retries || !retryable || isDefinite(thrown) || clock.now() + pauseMs >= endsAt)
          throw thrown;
        await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
      }
    }
  }

  #failed(name: string, step: Step, thrown: unknown): void {
    const { meter } = this.#options;
    const { code, detail } = toFrontdeskError(thrown);
    this.hold.record.steps[name] = {
      state: 'failed',
      effect: step.undo !== undefined,
      ...(isDefinite(thrown) ? { refused: true } : {}),
    };
    meter.step(this.flow.field, name, 'failed');
    meter.logger.warn(
      { flow: this.flow.field, run: this.hold.id, step: name, code, detail },
      'a step failed',
    );
  }

  /** The optional steps behind the commit: whatever becomes of them, the flow is done. */
  async #behind(): Promise<RunResult> {
    try {
      for (let index = this.flow.pivot + 1; index < this.flow.stages.length; index += 1)
        await this.#stage(index);
    } catch (thrown) {
      if (isUnsettled(thrown))
        this.#options.meter.logger.warn(logOf(this.hold, thrown), 'a flow goes on elsewhere');
    }
    let outcome: FlowOutcome;
    try {
      outcome = this.#answer();
    } catch {
      outcome = this.hold.record.outcome ?? {
        kind: 'answered',
        status: this.flow.status,
        value: null,
        incomplete: [],
      };
    }
    this.hold.record.outcome = outcome;
    try {
      await this.hold.settle(endedRecord(this.hold.record), this.#options.keepMs);
    } catch (thrown) {
      // It is committed: whoever finds it settles it.
      this.hold.abandon();
      this.#options.meter.logger.warn(logOf(this.hold, thrown), 'a flow could not be settled');
    }
    return this.#told(outcome, 'answered', true);
  }

  async #back(thrown: unknown): Promise<RunResult> {
    const { record } = this.hold;
    const { cause: error, step } = thrown instanceof StepFailure ? thrown : { cause: thrown, step: null };
    record.cause ??= { step, failure: keptFailure(failureOf(error), this.#options.meter, this.flow.field) };
    delete record.outcome;
    const { failure } = record.cause;
    if (!Object.values(record.steps).some(({ effect }) => effect)) {
      // Nothing was done: the key is free again.
      const outcome = failedOutcome(this.flow, record, failure, []);
      await this.hold.drop().catch(() => this.hold.abandon());
      return this.#told(outcome, 'dropped', false);
    }
    record.phase = 'back';
    this.#context = withoutClient(this.#context, record.caller && identityOf(record.caller));
    const { flow, undoForMs, random, meter } = this.#options;
    let reason: string | undefined;
    try {
      reason = await undoAll({ flow, scope: this.#scope(), undoForMs, random, meter });
    } catch (lost) {
      return this.#unsettled(lost);
    }
    const left = Object.keys(record.steps).filter((name) => isLeft(record.steps[name]));
    const outcome = failedOutcome(this.flow, record, failure, left);
    record.outcome = outcome;
    if (reason !== undefined) {
      record.reason = reason;
      meter.logger.error(
        { ...logOf(this.hold, undefined), reason, left },
        'a flow is stuck: it could not be undone',
      );
      await this.#persistently(() => this.hold.park());
      return this.#told(outcome, 'stuck', true);
    }
    await this.#persistently(() => this.hold.settle(endedRecord(record), this.#options.keepMs));
    return this.#told(outcome, failure.code === 'flow_failed' ? 'undone' : 'refused', true);
  }

  /** A run that is whole: its success is written before it is told. */
  async #end(outcome: FlowOutcome): Promise<RunResult> {
    const ended = endedRecord({ ...this.hold.record, outcome });
    await this.#decided(() => this.hold.settle(ended, this.#options.keepMs));
    return this.#told(outcome, 'answered', true);
  }

  /**
   * Writes that the run succeeded. Where the journal does not answer nobody knows whether it says so, and neither going on
   * nor going back would be right: whoever owns the run next reads it.
   */
  async #decided(write: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      try {
        return await write();
      } catch (thrown) {
        if (thrown instanceof FrontdeskError && thrown.code === 'internal') throw thrown;
        if (thrown instanceof FlowLostError || !this.hold.holds()) throw unsettled(thrown);
        if (clock.now() >= this.#endsAt) throw unsettled(thrown);
      }
    }
  }

  /** Tries until the journal answers or the run is lost; waits for the first try alone. Never rejects. */
  async #persistently(write: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const again = async (thrown: unknown): Promise<void> => {
      for (let error = thrown; !(error instanceof FlowLostError); ) {
        await new Promise<void>((resolve) => clock.after(SETTLE_AGAIN_MS, resolve));
        try {
          await this.hold.ensure();
          return await write();
        } catch (next) {
          error = next;
        }
      }
    };
    try {
      await write();
    } catch (error) {
      void again(error);
    }
  }

  #unsettled(thrown: unknown): never {
    const { meter, clock } = this.#options;
    this.hold.abandon();
    meter.run(this.flow.field, 'unsettled', clock.now() - this.#startedAt);
    meter.logger.warn(logOf(this.hold, thrown), 'how a flow ended is not known here');
    throw unsettled(thrown);
  }

  #told(outcome: FlowOutcome, end: RunEnd, burned: boolean): RunResult {
    this.#options.meter.run(this.flow.field, end, this.#options.clock.now() - this.#startedAt);
    return { outcome, burned };
  }

  #answer(): FlowOutcome {
    return answerOf(this.flow, this.hold.record, this.#context.identity);
  }

  #scope(): StepScope {
    const { clock, clients } = this.#options;
    const { record } = this.hold;
    return {
      flow: this.flow.field,
      hold: this.hold,
      context: this.#context,
      openClients: (part) => clients()(part),
      input: record.input ?? {},
      clock,
      valueOf: (name) => record.steps[name]?.value,
    };
  }

  #isAllowed({ optional, scopes }: Step): boolean {
    return !optional || scopes.every((scope) => this.#context.identity?.scopes.has(scope));
  }

  #mayGoOn(isBehind = false): void {
    if (isBehind) return;
    if (this.#stop) throw new StepFailure(null, this.#stop);
    if (this.#options.clock.now() >= this.#endsAt)
      throw new StepFailure(null, new FrontdeskError('deadline_exceeded'));
  }
}
