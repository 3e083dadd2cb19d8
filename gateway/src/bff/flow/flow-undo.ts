/**
 * Takes back what the steps of a run did: stage by stage in reverse, the steps of a stage together, each until it worked or
 * its time is over. What nobody knows of is taken back too.
 *
 * Invariants: a step is never run again once its undo began; an earlier stage is not undone before all later ones are; and
 * nothing is called by who does not hold the run.
 */
import type { Random } from '../../core/clock.ts';
import { toFrontdeskError } from '../../core/errors.ts';
import type { Flow } from './flow.ts';
import { isDefinite } from './flow-failure.ts';
import { FlowLostError } from './flow-hold.ts';
import type { FlowMeter } from './flow-meter.ts';
import type { StepRecord } from './flow-record.ts';
import type { Step } from './flow-step.ts';
import { runStep, type StepScope, undoStep } from './flow-step-run.ts';

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 30_000;

export interface UndoOptions {
  readonly flow: Flow;
  readonly scope: StepScope;
  /** How long one step's undo is tried before a human must look, milliseconds. */
  readonly undoForMs: number;
  readonly random: Random;
  readonly meter: FlowMeter;
}

/** Resolves with why it is stuck; `undefined` when nothing is left. Rejects with `FlowLostError` alone. */
export async function undoAll(options: UndoOptions): Promise<string | undefined> {
  const { flow, scope } = options;
  const { record } = scope.hold;
  const unknown = Object.keys(record.steps).filter(
    (name) => isLeft(record.steps[name]) && !flow.steps[name]?.undo,
  );
  if (unknown.length > 0) return `the flow as it is now has no undo for ${unknown.join(', ')}`;
  for (const stage of flow.stages.slice(0, flow.pivot + 1).reverse()) {
    const names = Object.keys(stage).filter((name) => isLeft(record.steps[name]));
    const reasons = await everyOf(names.map((name) => undoOne(options, name)));
    const reason = reasons.find((one) => one !== undefined);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Whether something of it may be there. */
export function isLeft(step: StepRecord | undefined): boolean {
  return step?.effect === true && step.state !== 'undone';
}

/** Waits for all, whatever becomes of each, so that nothing goes on behind a rejection. */
async function everyOf<Value>(all: readonly Promise<Value>[]): Promise<Value[]> {
  const values: Value[] = [];
  for (const one of await Promise.allSettled(all)) {
    if (one.status === 'rejected') throw one.reason;
    values.push(one.value);
  }
  return values;
}

async function undoOne(options: UndoOptions, name: string): Promise<string | undefined> {
  const { flow, scope, meter } = options;
  const { hold } = scope;
  const step = flow.steps[name];
  const record = hold.record.steps[name];
  if (!step || !record) return `there is no step ${name}`;
  const inDoubt = record.state === 'begun' || (record.state === 'failed' && record.refused !== true);
  if (inDoubt && step.repeatable) {
    const reason = await patiently(options, name, () => learn(scope, name, step, record));
    if (reason !== undefined) return reason;
  }
  record.state = 'undoing';
  await written(scope);
  const reason = await patiently(options, name, () => undoStep(scope, name, step, record.value));
  if (reason !== undefined) return reason;
  record.state = 'undone';
  meter.step(flow.field, name, 'undone');
  await written(scope);
  return undefined;
}

/** Runs a repeatable step again, to know what it gave: its key makes that the same request. */
async function learn(scope: StepScope, name: string, step: Step, record: StepRecord): Promise<void> {
  try {
    const value = await runStep(scope, name, step, step.timeoutMs ?? step.undoTimeoutMs);
    record.state = 'done';
    if (value !== undefined) record.value = value;
  } catch (error) {
    if (!isDefinite(error)) throw error;
    record.state = 'failed';
    record.refused = true;
  }
}

/**
 * Without the journal it goes on for as long as the run is held, so that as much as possible is taken back: to undo twice
 * does no more than to undo once.
 */
async function written({ hold }: StepScope): Promise<void> {
  try {
    await hold.save();
  } catch (error) {
    if (error instanceof FlowLostError) throw error;
  }
}

/** Tries until it works or the time is over; then why it did not. */
async function patiently(
  { flow, scope, undoForMs, random, meter }: UndoOptions,
  name: string,
  work: () => Promise<void>,
): Promise<string | undefined> {
  const { clock, hold } = scope;
  const beganAt = clock.now();
  for (let tried = 1; ; tried += 1) {
    // While it paused the journal may have lost the run, and somebody begun it anew: their work is not to be undone.
    if (tried > 1) await hold.confirm();
    await hold.ensure();
    try {
      await work();
      return undefined;
    } catch (thrown) {
      // The lease ended meanwhile: `ensure` waits until the journal says whose the run is.
      if (thrown instanceof FlowLostError) continue;
      const { code, detail } = toFrontdeskError(thrown);
      meter.step(flow.field, name, 'undo_failed');
      meter.logger.warn(
        { flow: flow.field, run: hold.id, step: name, tried, code, detail },
        'an undo failed',
      );
      const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tried - 1)) * (0.75 + random() / 2);
      if (clock.now() + pauseMs - beganAt > undoForMs) {
        return `step ${name} could not be undone in ${tried} tries: ${code}${detail === undefined ? '' : `: ${detail}`}`;
      }
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    }
  }
}
