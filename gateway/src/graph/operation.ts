/**
 * From a request's text to something that runs: parsed, limited, validated once for each document; planned and
 * compiled once for each combination of its `@skip` and `@include` conditions. Both are cached, bounded,
 * and made once however many ask at the same time.
 */
import { type DocumentNode, Kind, type OperationDefinitionNode } from 'graphql';
import { FrontdeskError } from '../core/errors.ts';
import { compileText, type WriteText } from './answer/compile-text.ts';
import { type SelectionShape, shapeOperation } from './answer/shape.ts';
import type { GraphConfig } from './config.ts';
import { type Access, Authorization, type Caller, type Guards } from './document/authorization.ts';
import type { DeniedField } from './document/authorization-filter.ts';
import { conditionKey } from './document/conditions.ts';
import { operationCost } from './document/cost.ts';
import {
  conditionVariables,
  type Fragments,
  fragmentsOf,
  introspectionDocument,
  plannerDocument,
  resolveOperation,
  splitRootFields,
} from './document/document.ts';
import { refusal } from './document/limits.ts';
import { type ReadDocument, readDocument, refuseWrite } from './document/validate.ts';
import { coerceVariables, renameProtoVariable } from './document/variables.ts';
import { compilePlan } from './execute/compile-plan.ts';
import type { DataObject } from './execute/data.ts';
import type { FetchOptions } from './execute/fetch.ts';
import type { RunPlan } from './execute/run.ts';
import { WrittenTree } from './execute/written.ts';
import { Lru } from './lru.ts';
import type { PlanNode, Planner } from './plan/plan.ts';
import { Refusal } from './refusal.ts';
import type { Supergraph } from './supergraph/supergraph.ts';

/** An operation as it runs with one set of conditions. */
export interface CompiledOperation {
  readonly shape: SelectionShape;
  readonly plan: PlanNode | undefined;
  /** `undefined` where nothing has to be fetched. */
  readonly run: RunPlan | undefined;
  readonly introspection: DocumentNode | undefined;
  /** What its caller may not have of it. */
  readonly denied: readonly DeniedField[];
  /** Its static cost with these (coerced) variables. */
  cost(variables: DataObject): number;
  /** Compiled on first use: in-process callers take objects. */
  writeText(): WriteText;
}

/** A document with the operation that was asked for. */
export interface PreparedDocument {
  readonly text: string;
  readonly operationName: string | undefined;
  /** Whether its authors published it: it is held to no limits of shape, and never forgotten. */
  readonly registered: boolean;
  /** How often it was asked for, for warming a successor. */
  hits: number;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly conditions: readonly string[];
  /** What it touches of what is guarded. */
  readonly guards: Guards;
  /** Under what name a variable called `__proto__` is known from here on. */
  readonly protoVariable: string | undefined;
  readonly compiled: Lru<Promise<CompiledOperation>>;
}

/** What a prepared document holds in memory, roughly, besides its text: measured, see the test of the bounds. */
const BASE_WEIGHT = 4096;
const WEIGHT_PER_CHARACTER = 64;
/** Combinations of conditions kept for one document. */
const MAX_COMBINATIONS = 32;

export class Operations {
  readonly #supergraph: Supergraph;
  readonly #config: GraphConfig;
  readonly #fetch: FetchOptions;
  readonly #planner: Planner;
  readonly #authorization: Authorization;
  readonly #documents: Lru<PreparedDocument>;
  readonly #registered = new Map<string, PreparedDocument>();

  constructor(supergraph: Supergraph, config: GraphConfig, fetch: FetchOptions) {
    this.#supergraph = supergraph;
    this.#config = config;
    this.#fetch = fetch;
    this.#authorization = new Authorization(supergraph.schema, supergraph.rules, config.authorization);
    this.#planner = supergraph.planner;
    this.#documents = new Lru(config.cache, {
      maxWeight: config.cacheBytes,
      weigh: ({ text }) => BASE_WEIGHT + text.length * WEIGHT_PER_CHARACTER,
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
      const prepared = this.#prepare(text, operationName, queryOnly, registered);
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
    if (read.operation.operation === 'subscription') throw refusal('Subscriptions are not served here.');
    return this.#finish(text, operationName, registered, read);
  }

  #finish(
    text: string,
    operationName: string | undefined,
    registered: boolean,
    { document, operation }: ReadDocument,
  ): PreparedDocument {
    const renamed = renameProtoVariable(text, document);
    const safe = renamed?.document ?? document;
    const chosen = safe.definitions[document.definitions.indexOf(operation)];
    return {
      text,
      operationName,
      registered,
      hits: 1,
      operation: chosen?.kind === Kind.OPERATION_DEFINITION ? chosen : operation,
      fragments: fragmentsOf(safe),
      conditions: conditionVariables(safe),
      guards: this.#authorization.guards(safe),
      protoVariable: renamed?.protoVariable,
      compiled: new Lru(MAX_COMBINATIONS),
    };
  }

  coerce(
    { operation, protoVariable }: PreparedDocument,
    input: DataObject | undefined,
  ): DataObject | Refusal {
    return coerceVariables(this.#supergraph.schema, operation, protoVariable, input);
  }

  /**
   * Plans and compiles for these variables' conditions and what this caller may have. Rejects with a
   * `FrontdeskError` where no plan is had, or the operation is not for this caller.
   */
  compile(document: PreparedDocument, variables: DataObject, caller: Caller): Promise<CompiledOperation> {
    const access = this.#authorization.access(document.guards, caller);
    const key = conditionKey(document.conditions, variables) + access.key;
    const known = document.compiled.get(key);
    if (known) return known;
    const compiled = this.#compile(document, variables, access);
    document.compiled.set(key, compiled);
    // A failure may be of the moment: the next one tries again.
    compiled.catch(() => document.compiled.drop(key, compiled));
    return compiled;
  }

  async #compile(
    document: PreparedDocument,
    variables: DataObject,
    access: Access,
  ): Promise<CompiledOperation> {
    const { schema, types } = this.#supergraph;
    const whole = resolveOperation(document.operation, document.fragments, variables);
    const { operation, denial, denied } = this.#authorization.authorize(whole, access);
    const shape = shapeOperation(schema, whole, types.fieldNames, denial);
    const plan = await this.plan(operation);
    const written = WrittenTree.of(plan);
    let write: WriteText | undefined;
    return {
      shape,
      plan,
      run: plan && compilePlan(plan, types, this.#fetch, written),
      introspection: introspectionDocument(operation),
      denied,
      cost: (coerced) => operationCost(schema, operation, coerced),
      writeText() {
        write ??= compileText(shape, written.shared);
        return write;
      },
    };
  }

  /**
   * The plan of an operation without conditions. A mutation's fields run one after another, each with all that is
   * selected below it (GraphQL §6.2.2): planners let the next one start as soon as its own call may.
   */
  async plan(operation: OperationDefinitionNode): Promise<PlanNode | undefined> {
    const whole = await this.#plan(operation);
    if (operation.operation !== 'mutation' || !whole || whole.kind === 'fetch') return whole;
    const fields = splitRootFields(operation);
    if (fields.length === 1) return whole;
    const nodes: PlanNode[] = [];
    for (const field of fields) {
      const node = await this.#plan(field);
      if (node) nodes.push(node);
    }
    return { kind: 'sequence', nodes };
  }

  #plan(operation: OperationDefinitionNode): Promise<PlanNode | undefined> | undefined {
    const text = plannerDocument(operation, this.#supergraph.types.fieldNames);
    return text === undefined ? undefined : this.#planner.plan(text, operation.name?.value);
  }
}
