/**
 * From a request's text to something that runs: parsed, limited, validated once for each document; planned and
 * compiled once for each combination of its `@skip` and `@include` conditions. Both are cached, bounded,
 * and made once however many ask at the same time.
 */
import { type DocumentNode, Kind, type OperationDefinitionNode } from 'graphql';
import type { Random } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { compileText, type WriteText } from './answer/compile-text.ts';
import type { DeferredShape } from './answer/incremental.ts';
import { type SelectionShape, shapeOperation } from './answer/shape.ts';
import { compileMeasure, type MeasureText } from './answer/verbatim.ts';
import type { GraphConfig } from './config.ts';
import { deferredOperation } from './deferred-operation.ts';
import {
  type Access,
  Authorization,
  type Authorized,
  type Caller,
  type Guards,
} from './document/authorization.ts';
import type { DeniedField } from './document/authorization-filter.ts';
import { conditionKey } from './document/conditions.ts';
import { type CostOf, compileCost } from './document/cost.ts';
import { DeferMarks, deferKey, deferVariables, hasDefer } from './document/defer.ts';
import {
  conditionVariables,
  type Fragments,
  fragmentsOf,
  introspectionDocument,
  plannerDocument,
  resolveOperation,
  splitRootFields,
} from './document/document.ts';
import type { SizeLimits } from './document/slicing.ts';
import { documentWeight } from './document/weight.ts';
import { type ReadDocument, readDocument, refuseWrite } from './document/validate.ts';
import { coerceVariables, refuseInexactIds, renameProtoVariable } from './document/variables.ts';
import { compilePlan } from './execute/compile-plan.ts';
import type { DataObject } from './execute/data.ts';
import type { FetchOptions } from './execute/fetch.ts';
import type { SubgraphReply } from './execute/reply.ts';
import type { RunPlan } from './execute/run.ts';
import { WrittenTree } from './execute/written.ts';
import { Lru } from './lru.ts';
import { type DecideOverrides, decideOverrides } from './plan/override-labels.ts';
import { PLAIN, type PlanNode, type Planner, type PlanVariant } from './plan/plan.ts';
import { Refusal } from './refusal.ts';
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

/** A document with the operation that was asked for. */
export interface PreparedDocument {
  /** Under which it is kept. */
  readonly key: string;
  readonly text: string;
  readonly operationName: string | undefined;
  /** Whether its authors published it: it is held to no limits of shape, and never forgotten. */
  readonly registered: boolean;
  /** How often it was asked for, for warming a successor. */
  hits: number;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly conditions: readonly string[];
  /** The variables that decide on its `@defer`s; `undefined` where it has none. */
  readonly deferConditions: readonly string[] | undefined;
  /** What it touches of what is guarded. */
  readonly guards: Guards;
  /** Under what name a variable called `__proto__` is known from here on. */
  readonly protoVariable: string | undefined;
  readonly compiled: Lru<Promise<CompiledOperation>>;
  readonly costs: Lru<CostOf>;
}

/** Combinations of conditions kept for one document. */
const MAX_COMBINATIONS = 32;

/** What stands around the data in an answer without errors. */
const VERBATIM_FRAME = '{"data":}'.length;
const NOT_MEASURED: MeasureText = () => Number.NaN;

export class Operations {
  readonly #supergraph: Supergraph;
  readonly #config: GraphConfig;
  readonly #fetch: FetchOptions;
  readonly #planner: Planner;
  readonly #mayDefer: boolean;
  readonly #overrides: DecideOverrides;
  readonly #authorization: Authorization;
  readonly #documents: Lru<PreparedDocument>;
  readonly #registered = new Map<string, PreparedDocument>();
  readonly #sizes: SizeLimits;

  constructor(
    supergraph: Supergraph,
    config: GraphConfig,
    fetch: FetchOptions,
    random: Random = Math.random,
  ) {
    this.#supergraph = supergraph;
    this.#config = config;
    this.#fetch = fetch;
    this.#authorization = new Authorization(supergraph.schema, supergraph.rules, config.authorization);
    const { unknownPolicies } = this.#authorization;
    if (unknownPolicies.length > 0) {
      fetch.logger.warn({ policies: unknownPolicies }, 'no configuration says what these policies ask for');
    }
    this.#planner = supergraph.planner;
    this.#mayDefer = config.defer.enabled && supergraph.planner.defers === true;
    this.#overrides = decideOverrides(supergraph.overrideLabels, config.overrides, random);
    const { listSize, cost } = config.limits;
    this.#sizes = { listSize, strict: Number.isFinite(cost) || config.charge === 'cost' };
    this.#documents = new Lru(config.cache, {
      maxWeight: config.cacheBytes,
      weigh: ({ text, compiled }) => documentWeight(text.length, compiled.size),
    });
  }

  close(): void {
    this.#planner.close();
  }

  /** Parses, limits and validates. `queryOnly` refuses other operations (GET) before anything else is said. */
  prepare(
    text: string,
    operationName: string | undefined,
    queryOnly: boolean,
    registered = false,
  ): PreparedDocument | Refusal {
    // The length keeps a name and a text from being read as another name and text.
    const key = operationName === undefined ? text : `${operationName.length}:${operationName}${text}`;
    const known = registered ? this.#registered.get(key) : this.#documents.get(key);
    if (known) {
      known.hits += 1;
      return queryOnly ? (refuseWrite(known.operation) ?? known) : known;
    }
    try {
      const prepared = this.#prepare(key, text, operationName, queryOnly, registered);
      if (prepared instanceof Refusal) return prepared;
      if (registered) this.#registered.set(key, prepared);
      else this.#documents.set(key, prepared);
      return prepared;
    } catch (error) {
      if (error instanceof FrontdeskError) return Refusal.of(error);
      throw error;
    }
  }

  /** All that is kept prepared. */
  *documents(): Generator<PreparedDocument> {
    yield* this.#registered.values();
    yield* this.#documents.values();
  }

  #prepare(
    key: string,
    text: string,
    operationName: string | undefined,
    queryOnly: boolean,
    registered: boolean,
  ): PreparedDocument | Refusal {
    const { limits, introspection } = this.#config;
    const { schema } = this.#supergraph;
    const options = { queryOnly, registered };
    const read = readDocument({ schema, limits, introspection }, text, operationName, options);
    if (read instanceof Refusal) return read;
    return this.#finish(key, text, operationName, registered, read);
  }

  #finish(
    key: string,
    text: string,
    operationName: string | undefined,
    registered: boolean,
    { document, operation }: ReadDocument,
  ): PreparedDocument {
    const renamed = renameProtoVariable(text, document);
    const safe = renamed?.document ?? document;
    const chosen = safe.definitions[document.definitions.indexOf(operation)];
    return {
      key,
      text,
      operationName,
      registered,
      hits: 1,
      operation: chosen?.kind === Kind.OPERATION_DEFINITION ? chosen : operation,
      fragments: fragmentsOf(safe),
      conditions: conditionVariables(safe),
      deferConditions: hasDefer(safe) ? deferVariables(safe) : undefined,
      guards: this.#authorization.guards(safe),
      protoVariable: renamed?.protoVariable,
      compiled: new Lru(MAX_COMBINATIONS),
      costs: new Lru(MAX_COMBINATIONS),
    };
  }

  coerce(
    { operation, protoVariable }: PreparedDocument,
    input: DataObject | undefined,
  ): DataObject | Refusal {
    return coerceVariables(this.#supergraph.schema, operation, protoVariable, input);
  }

  /** Refuses identifiers that lost digits on their way: `FrontdeskError('invalid_query')`. */
  refuseInexactIds({ operation }: PreparedDocument, input: DataObject): void {
    refuseInexactIds(this.#supergraph.schema, operation, input);
  }

  /**
   * The static cost of all that was asked for, with these (coerced) variables. Throws
   * `FrontdeskError('invalid_query')` where a list is asked for more items than may be.
   */
  cost(document: PreparedDocument, variables: DataObject): number {
    const key = conditionKey(document.conditions, variables);
    let costOf = document.costs.get(key);
    if (!costOf) {
      const { schema, costs } = this.#supergraph;
      const operation = resolveOperation(document.operation, document.fragments, variables);
      costOf = compileCost(schema, costs, operation, this.#sizes);
      document.costs.set(key, costOf);
    }
    return costOf(variables);
  }

  /**
   * Plans and compiles for these variables' conditions, what this caller may have, and the overrides that hold for
   * this request; with `incremental`, what the document defers is left for later payloads. Rejects with a
   * `FrontdeskError` where no plan is had, or the operation is not for this caller.
   */
  compile(
    document: PreparedDocument,
    variables: DataObject,
    caller: Caller,
    incremental = false,
  ): Promise<CompiledOperation> {
    const access = this.#authorization.access(document.guards, caller);
    const overrides = this.#overrides();
    const { deferConditions } = document;
    const deferring = incremental && deferConditions !== undefined && this.#mayDefer;
    let key = conditionKey(document.conditions, variables) + access.key;
    if (overrides.key !== '') key += `%${overrides.key}`;
    if (deferring) key += `@${deferKey(deferConditions, variables)}`;
    const known = document.compiled.get(key);
    if (known) return known;
    const compiled = deferring
      ? this.#compileDeferring(document, variables, access, overrides.labels)
      : this.#compile(document, variables, access, overrides.labels);
    document.compiled.set(key, compiled);
    this.#documents.reweigh(document.key);
    // A failure may be of the moment: the next one tries again.
    compiled.catch(() => document.compiled.drop(key, compiled));
    return compiled;
  }

  async #compile(
    document: PreparedDocument,
    variables: DataObject,
    access: Access,
    overrides: readonly string[],
  ): Promise<CompiledOperation> {
    const whole = resolveOperation(document.operation, document.fragments, variables);
    const authorized = this.#authorization.authorize(whole, access);
    const plan = await this.plan(authorized.operation, { overrides, deferred: false });
    return this.#finishCompiling(whole, authorized, plan);
  }

  /** Where nothing is worth a payload of its own, or something is withheld, all of it is one answer. */
  async #compileDeferring(
    document: PreparedDocument,
    variables: DataObject,
    access: Access,
    overrides: readonly string[],
  ): Promise<CompiledOperation> {
    const { schema, types } = this.#supergraph;
    const marks = new DeferMarks(document.fragments, variables, this.#config.defer.max);
    const whole = resolveOperation(document.operation, document.fragments, variables, marks);
    const authorized = this.#authorization.authorize(whole, access);
    if (marks.count > 0 && authorized.denied.length === 0) {
      // What cannot be planned in parts may still be planned whole.
      const plan = await this.plan(whole, { overrides, deferred: true }).catch(() => undefined);
      const { shared } = WrittenTree.of(plan);
      const split = deferredOperation(schema, types, whole, marks, plan, shared);
      if (split)
        return { ...this.#finishCompiling(split.primary, authorized, plan), deferred: split.deferred };
    }
    return this.#compile(document, variables, access, overrides);
  }

  /** `told` is what the answer tells, in the first of its payloads. */
  #finishCompiling(
    told: OperationDefinitionNode,
    { operation, denial, denied }: Authorized,
    plan: PlanNode | undefined,
  ): CompiledOperation {
    const { schema, types } = this.#supergraph;
    const shape = shapeOperation(schema, told, types.fieldNames, denial);
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
  async plan(
    operation: OperationDefinitionNode,
    variant: PlanVariant = PLAIN,
  ): Promise<PlanNode | undefined> {
    const whole = await this.#plan(operation, variant);
    if (operation.operation !== 'mutation' || !whole || whole.kind === 'fetch') return whole;
    const fields = splitRootFields(operation);
    if (fields.length === 1) return whole;
    const nodes: PlanNode[] = [];
    for (const field of fields) {
      const node = await this.#plan(field, variant);
      if (node) nodes.push(node);
    }
    return { kind: 'sequence', nodes };
  }

  #plan(operation: OperationDefinitionNode, variant: PlanVariant): Promise<PlanNode | undefined> | undefined {
    const text = plannerDocument(operation, this.#supergraph.types.fieldNames);
    return text === undefined ? undefined : this.#planner.plan(text, operation.name?.value, variant);
  }
}
