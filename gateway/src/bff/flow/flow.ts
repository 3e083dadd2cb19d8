/**
 * A flow: steps in stages that together do one thing for a caller, or nothing. The steps of a stage run in parallel, one
 * stage after another. Up to the last required step a failure takes everything back, in reverse; behind it the flow is
 * committed and optional steps alone are left. `flow` checks the whole of it once, so that the engine need not.
 */
import type { Identity } from '../../core/identity.ts';
import type { AnySchema, SchemaTypes } from '../contract.ts';
import type {
  AnswerFaults,
  FieldOf,
  InputFault,
  InputFaults,
  OrFaults,
  PathFaults,
} from '../contract-faults.ts';
import type { InputSchema } from '../input.ts';
import { type Operation, type OperationDefinition, operation } from '../operation.ts';
import type { GivenOfStep, RawOfEach, Step, UsesOfStep } from './flow-step.ts';

/** Steps that run in parallel, by name. */
export type Stage = Readonly<Record<string, Step>>;

export interface Flow extends Operation {
  readonly kind: 'flow';
  readonly stages: readonly Stage[];
  /** All steps by name. */
  readonly steps: Readonly<Record<string, Step>>;
  /** The last stage with a required step. */
  readonly pivot: number;
  readonly idempotency: 'required' | 'optional';
  /** Of a success on the REST face. */
  readonly status: number;
  answer(context: ErasedAnswerContext): unknown;
}

export interface ErasedAnswerContext {
  use(name: string): unknown;
  readonly input: unknown;
  readonly identity: Identity;
}

/** What `answer` is given. */
export interface AnswerContext<Values, Given> {
  /** The value of any step; `undefined` for an optional one that failed. */
  use<Name extends keyof Values & string>(name: Name): Values[Name];
  readonly input: Given;
  readonly identity: Identity;
}

type Joined<Stages> = Stages extends readonly [infer First, ...infer Rest]
  ? First & Joined<Rest>
  : Record<never, never>;

export interface FlowDefinition<Stages, Given, Scope extends string = string, Answer = unknown>
  extends OperationDefinition<Scope> {
  /** Stages in order; the steps of one run in parallel: `[{ rider }, { driver, quote }, { trip }, { notify }]`. */
  readonly steps: Stages & ClosedStages<Stages, never, Given>;
  /**
   * Makes what the client sees of the steps' values. Must be quick and pure: it is called before the flow is committed, where
   * its failure takes everything back, and again when the optional steps are done.
   */
  answer(context: AnswerContext<RawOfEach<Joined<Stages>>, Given>): Answer;
  /** Whether a caller must send an `Idempotency-Key`. Default: required. */
  readonly idempotency?: 'required' | 'optional';
  /** The status of a success on the REST face. Default: 200. */
  readonly status?: 200 | 201 | 202;
}

type Wants<Uses> = string extends keyof Uses ? never : keyof Uses;
type Fitting<Steps, Known, Given> = {
  readonly [Name in keyof Steps & string]: [Exclude<Wants<UsesOfStep<Steps[Name]>>, Known>] extends [never]
    ? InputFault<GivenOfStep<Steps[Name]>, Given, `step ${Name}`>
    : { readonly 'uses a step that no earlier stage has': Exclude<Wants<UsesOfStep<Steps[Name]>>, Known> };
};

/** Refuses, by name, a step that uses one which no earlier stage has. */
export type ClosedStages<Stages, Known = never, Given = unknown> = Stages extends readonly [
  infer First,
  ...infer Rest,
]
  ? readonly [Fitting<First, Known, Given>, ...ClosedStages<Rest, Known | keyof First, Given>]
  : Stages extends readonly []
    ? readonly []
    : readonly unknown[];

/** `flow` for operations that are told `Given`, held to the fields of the root type `Mutation`. */
export type FlowMaker<
  Given = Record<never, never>,
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
> = <
  const Stages extends readonly Stage[],
  const Field extends keyof Schema['flows'] & string,
  const Path extends string,
  Answer,
>(
  definition: FlowDefinition<
    Stages,
    Given,
    Scope,
    Answer & AnswerFaults<FieldOf<Schema, 'flows', Field>, Answer>
  > & {
    readonly path: OrFaults<Path, PathFaults<Path, Given>>;
    readonly field: OrFaults<Field, InputFaults<FieldOf<Schema, 'flows', Field>, Given>>;
  },
) => Flow;

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const MAX_STEPS = 50;

/** Makes `flow` for an input; `undefined`: flows that are told nothing. It throws a `TypeError` that names what is wrong. */
export function flowMaker<
  Given = Record<never, never>,
  Schema extends SchemaTypes = AnySchema,
  Scope extends string = string,
>(input?: InputSchema): FlowMaker<Given, Schema, Scope> {
  return (definition) => {
    const made = operation('flow', definition, input);
    const stages: readonly Stage[] = definition.steps;
    const steps = checkSteps(made.field, stages, input);
    const pivot = stages.findLastIndex((stage) => Object.values(stage).some(({ optional }) => !optional));
    if (pivot < 0) throw new TypeError(`flow ${made.field}: all of its steps are optional`);
    for (const name of ['idempotencyKey']) {
      if (made.input?.members.has(name)) {
        throw new TypeError(
          `flow ${made.field}: no member of an input is called ${name}, which the faces read`,
        );
      }
    }
    return {
      ...made,
      stages,
      steps,
      pivot,
      idempotency: definition.idempotency ?? 'required',
      status: definition.status ?? 200,
      answer: definition.answer,
    };
  };
}

function checkSteps(
  field: string,
  stages: readonly Stage[],
  input: InputSchema | undefined,
): Readonly<Record<string, Step>> {
  const known: Record<string, Step> = Object.create(null);
  for (const stage of stages) {
    const names = Object.keys(stage);
    if (names.length === 0) throw new TypeError(`flow ${field}: a stage has no steps`);
    for (const [name, step] of Object.entries(stage)) {
      if (!NAME.test(name)) throw new TypeError(`flow ${field}: "${name}" is no name of a step`);
      if (name in known) throw new TypeError(`flow ${field}: two steps are called ${name}`);
      if (step.given !== undefined && step.given !== input) {
        throw new TypeError(`flow ${field}: step ${name} was made for another input`);
      }
      for (const [usedName, used] of Object.entries(step.uses)) {
        if (known[usedName] !== used) {
          throw new TypeError(`flow ${field}: step ${name} uses ${usedName}, which no earlier stage has`);
        }
      }
    }
    Object.assign(known, stage);
  }
  if (Object.keys(known).length > MAX_STEPS)
    throw new TypeError(`flow ${field}: more than ${MAX_STEPS} steps`);
  return known;
}
