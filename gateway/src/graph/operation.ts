/**
 * From a request's text to something that runs: parsed, limited, validated once for each document; planned and
 * compiled once for each combination of its `@skip` and `@include` conditions. Both are cached, bounded,
 * and made once however many ask at the same time.
 */
import { Kind, type OperationDefinitionNode } from 'graphql';
import type { Random } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { SelectionShape } from './answer/shape.ts';
import type { GraphConfig } from './config.ts';
import { Authorization, type Caller, type FieldPolicies, type Guards } from './document/authorization.ts';
import { conditionKey } from './document/conditions.ts';
import { type CostOf, compileCost } from './document/cost.ts';
import { deferKey, deferVariables, hasDefer } from './document/defer.ts';
import { conditionVariables, type Fragments, fragmentsOf, resolveOperation } from './document/document.ts';
import type { SizeLimits } from './document/slicing.ts';
import { type ReadDocument, readDocument, refuseWrite } from './document/validate.ts';
import { coerceVariables, refuseInexactIds, renameProtoVariable } from './document/variables.ts';
import { documentWeight } from './document/weight.ts';
import type { DataObject } from './execute/data.ts';
import type { FetchOptions } from './execute/fetch.ts';
import { Lru } from './lru.ts';
import { type CompiledOperation, OperationCompiler } from './operation-compiler.ts';
import { noPlans, type PlanMeter } from './operation-meter.ts';
import { type DecideOverrides, decideOverrides } from './plan/override-labels.ts';
import type { Planner } from './plan/plan.ts';
import { Refusal } from './refusal.ts';
import type { Supergraph } from './supergraph/supergraph.ts';

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
  /** Policies among it that are answered elsewhere. */
  readonly policies: readonly string[];
  /** Under what name a variable called `__proto__` is known from here on. */
  readonly protoVariable: string | undefined;
  readonly compiled: Lru<Promise<CompiledOperation>>;
  readonly costs: Lru<CostOf>;
}

/** Combinations of conditions kept for one document. */
const MAX_COMBINATIONS = 32;

export class Operations {
  readonly #supergraph: Supergraph;
  readonly #config: GraphConfig;
  readonly #compiler: OperationCompiler;
  readonly #planner: Planner;
  readonly #mayDefer: boolean;
  readonly #overrides: DecideOverrides;
  readonly #authorization: Authorization;
  readonly #documents: Lru<PreparedDocument>;
  readonly #registered = new Map<string, PreparedDocument>();
  readonly #sizes: SizeLimits;
  readonly #plans: PlanMeter;

  constructor(
    supergraph: Supergraph,
    config: GraphConfig,
    fetch: FetchOptions,
    random: Random = Math.random,
    policies?: FieldPolicies | undefined,
    plans: PlanMeter = noPlans,
  ) {
    this.#plans = plans;
    this.#supergraph = supergraph;
    this.#config = config;
    this.#authorization = new Authorization(
      supergraph.schema,
      supergraph.rules,
      config.authorization,
      policies,
    );
    const { unknownPolicies } = this.#authorization;
    if (unknownPolicies.length > 0) {
      fetch.logger.warn({ policies: unknownPolicies }, 'no configuration says what these policies ask for');
    }
    this.#planner = supergraph.planner;
    this.#compiler = new OperationCompiler(supergraph, this.#authorization, fetch, config.defer.max);
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
    const guards = this.#authorization.guards(safe);
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
      guards,
      policies: this.#authorization.policies(guards),
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
    held?: ReadonlySet<string>,
  ): Promise<CompiledOperation> {
    const access = this.#authorization.access(document.guards, caller, held);
    const overrides = this.#overrides();
    const { deferConditions } = document;
    const deferring = incremental && deferConditions !== undefined && this.#mayDefer;
    let key = conditionKey(document.conditions, variables) + access.key;
    if (overrides.key !== '') key += `%${overrides.key}`;
    if (deferring) key += `@${deferKey(deferConditions, variables)}`;
    const known = document.compiled.get(key);
    if (known) {
      this.#plans.cached();
      return known;
    }
    const compiled = deferring
      ? this.#compiler.deferring(document, variables, access, overrides.labels)
      : this.#compiler.whole(document, variables, access, overrides.labels);
    this.#plans.making(compiled);
    document.compiled.set(key, compiled);
    this.#documents.reweigh(document.key);
    // A failure may be of the moment: the next one tries again.
    compiled.catch(() => document.compiled.drop(key, compiled));
    return compiled;
  }

  shape(operation: OperationDefinitionNode): SelectionShape {
    return this.#compiler.shape(operation);
  }
}
