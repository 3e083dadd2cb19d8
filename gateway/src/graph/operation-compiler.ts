/** Plans and compiles an operation for one answer to its conditions, one caller and one set of overrides. */
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import { compileText, type WriteText } from './answer/compile-text.ts';
import type { DeferredShape } from './answer/incremental.ts';
import { type SelectionShape, shapeOperation } from './answer/shape.ts';
import { compileMeasure, type MeasureText } from './answer/verbatim.ts';
import { deferredOperation } from './deferred-operation.ts';
import type { Access, Authorization, Authorized } from './document/authorization.ts';
import type { DeniedField } from './document/authorization-filter.ts';
import { DeferMarks } from './document/defer.ts';
import {
  type Fragments,
  introspectionDocument,
  plannerDocument,
  resolveOperation,
  splitRootFields,
} from './document/document.ts';
import { SeparateKeys } from './document/separate-keys.ts';
import { compilePlan } from './execute/compile-plan.ts';
import type { DataObject } from './execute/data.ts';
import type { FetchOptions } from './execute/fetch.ts';
import type { SubgraphReply } from './execute/reply.ts';
import type { RunPlan } from './execute/run.ts';
import { WrittenTree } from './execute/written.ts';
import type { PlanNode, PlanVariant } from './plan/plan.ts';
import { compileEvents, type EventPlan } from './subscribe/event.ts';
import type { Supergraph } from './supergraph/supergraph.ts';

/** An operation as it runs with one set of conditions. */
export interface CompiledOperation {
  readonly shape: SelectionShape;
  readonly plan: PlanNode | undefined;
  /** `undefined` where nothing has to be fetched. */
  readonly run: RunPlan | undefined;
  readonly introspection: DocumentNode | undefined;
  /** Where it subscribes; then `run` completes each event. */
  readonly events: EventPlan | undefined;
  /** What follows the answer in payloads of its own. Empty: nothing. */
  readonly deferred: readonly DeferredShape[];
  /** What its caller may not have of it. */
  readonly denied: readonly DeniedField[];
  /** Compiled on first use: in-process callers take objects. */
  writeText(): WriteText;
  /** Whether the reply of a fetch that brings all the data is the answer, letter by letter. */
  isVerbatim(reply: SubgraphReply): boolean;
}

/** An operation and the fragments that it spreads. */
interface ResolvableDocument {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
}

/** What stands around the data in an answer without errors. */
const VERBATIM_FRAME = '{"data":}'.length;
const NOT_MEASURED: MeasureText = () => Number.NaN;

export class OperationCompiler {
  readonly #supergraph: Supergraph;
  readonly #authorization: Authorization;
  readonly #fetch: FetchOptions;
  readonly #maxDefers: number;

  constructor(supergraph: Supergraph, authorization: Authorization, fetch: FetchOptions, maxDefers: number) {
    this.#supergraph = supergraph;
    this.#authorization = authorization;
    this.#fetch = fetch;
    this.#maxDefers = maxDefers;
  }

  /** The whole operation as one answer. */
  async whole(
    document: ResolvableDocument,
    variables: DataObject,
    access: Access,
    overrides: readonly string[],
  ): Promise<CompiledOperation> {
    const whole = resolveOperation(document.operation, document.fragments, variables);
    const authorized = this.#authorization.authorize(whole, access);
    const separate = this.#supergraph.types.hasInterfaceObjects ? SeparateKeys.of(whole) : undefined;
    const plan = await this.#planOf(authorized.operation, { overrides, deferred: false }, separate);
    return this.#finishCompiling(whole, authorized, plan, separate);
  }

  /** Where nothing is worth a payload of its own, or something is withheld, all of it is one answer. */
  async deferring(
    document: ResolvableDocument,
    variables: DataObject,
    access: Access,
    overrides: readonly string[],
  ): Promise<CompiledOperation> {
    const { schema, types } = this.#supergraph;
    const marks = new DeferMarks(document.fragments, variables, this.#maxDefers);
    const whole = resolveOperation(document.operation, document.fragments, variables, marks);
    const authorized = this.#authorization.authorize(whole, access);
    if (marks.count > 0 && authorized.denied.length === 0) {
      // What cannot be planned in parts may still be planned whole.
      const plan = await this.#planOf(whole, { overrides, deferred: true }).catch(() => undefined);
      const { shared } = WrittenTree.of(plan);
      const split = deferredOperation(schema, types, whole, marks, plan, shared);
      if (split)
        return { ...this.#finishCompiling(split.primary, authorized, plan), deferred: split.deferred };
    }
    return this.whole(document, variables, access, overrides);
  }

  /** `told` is what the answer tells, in the first of its payloads. */
  #finishCompiling(
    told: OperationDefinitionNode,
    { operation, denial, denied }: Authorized,
    plan: PlanNode | undefined,
    separate?: SeparateKeys,
  ): CompiledOperation {
    const { schema, types } = this.#supergraph;
    const shape = shapeOperation(schema, told, types.fieldNames, denial, separate);
    const written = WrittenTree.of(plan);
    let write: WriteText | undefined;
    let measure: MeasureText | undefined;
    return {
      shape,
      plan,
      run: plan && compilePlan(plan, types, this.#fetch, written),
      introspection: introspectionDocument(operation),
      events: plan?.kind === 'subscription' ? compileEvents(plan, types, this.#fetch.errors) : undefined,
      deferred: [],
      denied,
      writeText() {
        write ??= compileText(shape, written.shared);
        return write;
      },
      isVerbatim(reply) {
        if (reply.text === undefined || !reply.data) return false;
        measure ??= compileMeasure(shape) ?? NOT_MEASURED;
        return measure(reply.data) + VERBATIM_FRAME === reply.text.length;
      },
    };
  }

  /** Of a resolved operation, whatever it defers. */
  shape(operation: OperationDefinitionNode): SelectionShape {
    return shapeOperation(this.#supergraph.schema, operation, this.#supergraph.types.fieldNames);
  }

  /**
   * The plan of an operation without conditions. A mutation's fields run one after another, each with all that is
   * selected below it (GraphQL §6.2.2): planners let the next one start as soon as its own call may.
   */
  async #planOf(
    operation: OperationDefinitionNode,
    variant: PlanVariant,
    separate?: SeparateKeys,
  ): Promise<PlanNode | undefined> {
    const whole = await this.#plan(operation, variant, separate);
    if (operation.operation !== 'mutation' || !whole || whole.kind === 'fetch') return whole;
    const fields = splitRootFields(operation);
    if (fields.length === 1) return whole;
    const nodes: PlanNode[] = [];
    for (const field of fields) {
      const node = await this.#plan(field, variant, separate);
      if (node) nodes.push(node);
    }
    return { kind: 'sequence', nodes };
  }

  #plan(
    operation: OperationDefinitionNode,
    variant: PlanVariant,
    separate: SeparateKeys | undefined,
  ): Promise<PlanNode | undefined> | undefined {
    const text = plannerDocument(operation, this.#supergraph.types.fieldNames, separate);
    return text === undefined
      ? undefined
      : this.#supergraph.planner.plan(text, operation.name?.value, variant);
  }
}
