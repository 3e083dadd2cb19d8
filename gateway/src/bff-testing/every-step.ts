/** A ready-made property of flows: whatever fails and wherever their process dies, they do all of it or nothing. */
import type { Flow } from '../bff/flow/flow.ts';
import type { FakeBackends } from './backends.ts';
import { type FaultKind, type Faults, nameOf } from './faults.ts';
import { type TestedFlow, type TestFlowOptions, testFlow } from './flow.ts';
import { textTable } from './text-table.ts';

export interface EveryStepOptions
  extends Omit<TestFlowOptions, 'fakes' | 'faults' | 'crashAfter' | 'crashBefore'> {
  /** Backends for one run, whose books begin empty. */
  readonly fakes: () => FakeBackends;
  /** Default: `timeout`, `connection refused`, `lost answer`, `status 500`, `status 409` and `invalid`. */
  readonly kinds?: readonly FaultKind[];
  /** Looks into the backends' own books after each run, and throws where they do not add up. */
  readonly check?: (tested: TestedFlow) => void | Promise<void>;
}

export interface StepFailureRow {
  readonly step: string;
  /** A fault, `crash before`, or `crash after`. */
  readonly fault: string;
  readonly outcome: TestedFlow['outcome'];
  readonly done: readonly string[];
  readonly undone: readonly string[];
  /** What is not as it should be; `undefined` where all is well. */
  readonly problem: string | undefined;
}

export interface StepFailures {
  readonly rows: readonly StepFailureRow[];
  /** The rows as a person reads them. */
  readonly table: string;
}

const KINDS: readonly FaultKind[] = [
  'timeout',
  'connection refused',
  'lost answer',
  'status 500',
  'status 409',
  'invalid',
];

interface Trial {
  readonly step: string;
  readonly fault: string;
  readonly options: { readonly faults?: Faults; readonly crashAfter?: string; readonly crashBefore?: string };
}

/**
 * Fails each step in turn, in each way, and lets the process die before and after each step and each undo. Afterwards all
 * required steps are done, or each that may have done anything is undone; and who asks again is told the same. Rejects with a
 * table where that does not hold.
 */
export async function everyStepMayFail(flow: Flow, options: EveryStepOptions): Promise<StepFailures> {
  const { fakes, kinds = KINDS, check, ...more } = options;
  const rows: StepFailureRow[] = [];
  for (const { step, fault, options: trial } of trialsOf(flow, kinds)) {
    const tested = await testFlow(flow, { ...more, fakes: fakes(), ...trial });
    // The books first: who asks again may begin anew.
    const problem = (await problemOfBooks(tested, check)) ?? (await problemOf(flow, tested));
    const { outcome, done, undone } = tested;
    rows.push({ step, fault, outcome, done, undone, problem });
  }
  const table = tableOf(rows);
  if (rows.some(({ problem }) => problem !== undefined)) {
    throw new Error(`flow ${flow.field} does not do all or nothing:\n${table}`);
  }
  return { rows, table };
}

function trialsOf(flow: Flow, kinds: readonly FaultKind[]): readonly Trial[] {
  const names = Object.keys(flow.steps);
  const trials: Trial[] = [];
  for (const step of names) {
    for (const kind of kinds)
      trials.push({ step, fault: nameOf(kind), options: { faults: { [step]: kind } } });
    trials.push({ step, fault: 'crash before', options: { crashBefore: step } });
    trials.push({ step, fault: 'crash after', options: { crashAfter: step } });
  }
  // Undoing begins where the last required step fails.
  const last = Object.keys(flow.stages[flow.pivot] ?? {}).findLast((name) => !flow.steps[name]?.optional);
  if (last === undefined) return trials;
  const faults: Faults = { [last]: 'lost answer' };
  for (const name of names) {
    if (!flow.steps[name]?.undo) continue;
    const step = `undo ${name}`;
    const failing: Faults = { ...faults, [step]: { fault: 'reset', times: 2 } };
    trials.push({ step, fault: 'reset twice', options: { faults: failing } });
    trials.push({ step, fault: 'crash before', options: { faults, crashBefore: step } });
    trials.push({ step, fault: 'crash after', options: { faults, crashAfter: step } });
  }
  return trials;
}

async function problemOf(flow: Flow, tested: TestedFlow): Promise<string | undefined> {
  const { outcome, done, undone, notUndone, sent } = tested;
  const steps = Object.entries(flow.steps);
  if (outcome === 'stuck') return `${notUndone.join(', ')} could not be undone`;
  if (outcome === 'answered') {
    const lacking = steps.filter(([name, { optional }]) => !optional && !done.includes(name));
    if (lacking.length > 0) return `answered without ${lacking.map(([name]) => name).join(', ')}`;
  } else {
    const left = steps.filter(
      ([name, { undo }]) => undo && !undone.includes(name) && sent.some(({ parts }) => parts.includes(name)),
    );
    if (left.length > 0) return `${left.map(([name]) => name).join(', ')} may be left`;
  }
  if (outcome === 'forgotten' || tested.failure?.code === undefined) return undefined;
  const again = await tested.again({ faults: {} });
  if (again.replayed && again.outcome !== outcome) return `who asks again is told that it ${again.outcome}`;
  return undefined;
}

async function problemOfBooks(
  tested: TestedFlow,
  check: EveryStepOptions['check'],
): Promise<string | undefined> {
  try {
    await check?.(tested);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
  }
}

function tableOf(rows: readonly StepFailureRow[]): string {
  return textTable([
    ['step', 'fault', 'outcome', 'done', 'undone', ''],
    ...rows.map(({ step, fault, outcome, done, undone, problem }) => [
      step,
      fault,
      outcome,
      done.join(' '),
      undone.join(' '),
      problem === undefined ? '' : `✖ ${problem}`,
    ]),
  ]);
}
