/**
 * From a request's text to something that runs: parsed, limited, validated once for each document; planned and
 * compiled once for each combination of its `@skip` and `@include` conditions. Both are cached, bounded,
 * and made once however many ask at the same time.
 */
import {
  type DocumentNode,
  GraphQLError,
  getVariableValues,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { compileText, type WriteText } from './answer/compile-text.ts';
import type { GraphError } from './answer/project.ts';
import { type SelectionShape, shapeOperation } from './answer/shape.ts';
import type { GraphConfig } from './config.ts';
import { operationCost } from './document/cost.ts';
import {
  conditionVariables,
  type Fragments,
  fragmentsOf,
  introspectionDocument,
  plannerDocument,
  resolveOperation,
  splitRootFields,
  usesReservedAlias,
} from './document/document.ts';
import { checkLimits, refusal } from './document/limits.ts';
import { compilePlan, type RunPlan } from './execute/compile-plan.ts';
import { type DataObject, getOwn } from './execute/data.ts';
import type { FetchOptions } from './execute/fetch.ts';
import { Lru } from './lru.ts';
import type { PlanNode, Planner } from './plan/plan.ts';
import { boundedPlanner } from './plan/plan-queue.ts';
import type { Supergraph } from './supergraph/supergraph.ts';

/** A request that was not executed: GraphQL's request errors (§7.1.2), all public. */
export class Refusal {
  readonly errors: readonly GraphError[];
  /** `document`: well-formed, but no valid GraphQL request. `refused`: we will not serve it. */
  readonly kind: 'document' | 'refused';
  /** The status of HTTP, where it can be told. */
  readonly status: number;

  constructor(kind: 'document' | 'refused', status: number, errors: readonly GraphError[]) {
    this.kind = kind;
    this.status = status;
    this.errors = errors;
  }

  static of(error: FrontdeskError): Refusal {
    const reason = error.members.reason;
    const message = typeof reason === 'string' ? reason : error.message;
    return new Refusal('refused', error.status, [
      { message, extensions: { code: error.code.toUpperCase() } },
    ]);
  }
}

/** An operation as it runs with one set of conditions. */
export interface CompiledOperation {
  readonly shape: SelectionShape;
  readonly plan: PlanNode | undefined;
  /** `undefined` where nothing has to be fetched. */
  readonly run: RunPlan | undefined;
  readonly introspection: DocumentNode | undefined;
  /** Its static cost with these (coerced) variables. */
  cost(variables: DataObject): number;
  /** Compiled on first use: in-process callers take objects. */
  writeText(): WriteText;
}

/** A document with the operation that was asked for. */
export interface PreparedDocument {
  readonly operation: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly conditions: readonly string[];
  /** Under what name a variable called `__proto__` is known from here on. */
  readonly protoVariable: string | undefined;
  readonly compiled: Lru<Promise<CompiledOperation>>;
}

/** Longer documents are served but not kept: the cache is bounded in bytes, too. */
const MAX_CACHED_LENGTH = 32_768;
/** Combinations of conditions kept for one document. */
const MAX_COMBINATIONS = 32;
const MAX_ERRORS = 50;

export class Operations {
  readonly #supergraph: Supergraph;
  readonly #config: GraphConfig;
  readonly #fetch: FetchOptions;
  readonly #planner: Planner;
  readonly #documents: Lru<PreparedDocument>;

  constructor(supergraph: Supergraph, config: GraphConfig, fetch: FetchOptions, clock: Clock) {
    this.#supergraph = supergraph;
    this.#config = config;
    this.#fetch = fetch;
    this.#planner = boundedPlanner(supergraph.planner, clock, config.planBudget);
    this.#documents = new Lru(config.cache);
  }

  close(): void {
    this.#planner.close();
  }

  /** Parses, limits and validates. `queryOnly` refuses other operations (GET) before anything else is said. */
  prepare(query: string, operationName: string | undefined, queryOnly: boolean): PreparedDocument | Refusal {
    // The length keeps a name and a text from being read as another name and text.
    const key = operationName === undefined ? query : `${operationName.length}:${operationName}${query}`;
    const known = this.#documents.get(key);
    if (known) return queryOnly ? (refuseWrite(known.operation) ?? known) : known;
    try {
      const prepared = this.#prepare(query, operationName, queryOnly);
      if (!(prepared instanceof Refusal) && query.length <= MAX_CACHED_LENGTH) {
        this.#documents.set(key, prepared);
      }
      return prepared;
    } catch (error) {
      if (error instanceof FrontdeskError) return Refusal.of(error);
      throw error;
    }
  }

  #prepare(query: string, operationName: string | undefined, queryOnly: boolean): PreparedDocument | Refusal {
    const { schema } = this.#supergraph;
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: this.#config.limits.tokens });
    } catch (error) {
      return parseRefusal(error);
    }
    const operation = selectOperation(document, operationName);
    if (operation instanceof Refusal) return operation;
    const refused = queryOnly ? refuseWrite(operation) : undefined;
    if (refused) return refused;
    checkLimits(document, this.#config.limits);
    if (query.includes('_internal_') && usesReservedAlias(document)) {
      throw refusal('Aliases that begin with _internal_ are reserved.');
    }
    const rules = this.#config.introspection
      ? specifiedRules
      : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    const faults = validate(schema, document, rules, { maxErrors: MAX_ERRORS, hideSuggestions: true });
    if (faults.length > 0) return new Refusal('document', 400, faults.map(requestError));
    if (operation.operation === 'subscription') throw refusal('Subscriptions are not served here.');
    return this.#finish(query, document, operation);
  }

  #finish(query: string, document: DocumentNode, operation: OperationDefinitionNode): PreparedDocument {
    const protoVariable = query.includes('__proto__') ? freeName(query) : undefined;
    const safe =
      protoVariable === undefined ? document : renameVariable(document, '__proto__', protoVariable);
    const index = document.definitions.indexOf(operation);
    const chosen = safe.definitions[index];
    return {
      operation: chosen?.kind === Kind.OPERATION_DEFINITION ? chosen : operation,
      fragments: fragmentsOf(safe),
      conditions: conditionVariables(safe),
      protoVariable,
      compiled: new Lru(MAX_COMBINATIONS),
    };
  }

  /** GraphQL §6.1.2, CoerceVariableValues. */
  coerce(document: PreparedDocument, input: DataObject | undefined): DataObject | Refusal {
    const definitions = document.operation.variableDefinitions;
    if (!definitions || definitions.length === 0) return NO_VARIABLES;
    const { protoVariable } = document;
    let given = input ?? NO_VARIABLES;
    if (protoVariable !== undefined && Object.hasOwn(given, '__proto__')) {
      given = { ...given, [protoVariable]: getOwn(given, '__proto__') };
    }
    const { coerced, errors } = getVariableValues(this.#supergraph.schema, definitions, given, {
      maxErrors: MAX_ERRORS,
      hideSuggestions: true,
    });
    return coerced ?? new Refusal('document', 400, errors.map(requestError));
  }

  /** Plans and compiles for these variables' conditions. Rejects with a `FrontdeskError` where no plan is had. */
  compile(document: PreparedDocument, variables: DataObject): Promise<CompiledOperation> {
    let key = '';
    for (const name of document.conditions) key += getOwn(variables, name) === true ? '1' : '0';
    const known = document.compiled.get(key);
    if (known) return known;
    const compiled = this.#compile(document, variables);
    document.compiled.set(key, compiled);
    // A failure may be of the moment: the next one tries again.
    compiled.catch(() => document.compiled.drop(key, compiled));
    return compiled;
  }

  async #compile(document: PreparedDocument, variables: DataObject): Promise<CompiledOperation> {
    const { schema, types } = this.#supergraph;
    const operation = resolveOperation(document.operation, document.fragments, variables);
    const shape = shapeOperation(schema, operation, types.fieldNames);
    const plan = await this.plan(operation);
    let write: WriteText | undefined;
    return {
      shape,
      plan,
      run: plan && compilePlan(plan, types, this.#fetch),
      introspection: introspectionDocument(operation),
      cost: (coerced) => operationCost(schema, operation, coerced),
      writeText() {
        write ??= compileText(shape);
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

const NO_VARIABLES: DataObject = Object.freeze({});

function selectOperation(
  document: DocumentNode,
  name: string | undefined,
): OperationDefinitionNode | Refusal {
  let found: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (name === undefined) {
      if (found)
        return Refusal.of(refusal('Must provide operation name if query contains multiple operations.'));
      found = definition;
    } else if (definition.name?.value === name) {
      found = definition;
    }
  }
  const missing = name === undefined ? 'Must provide an operation.' : 'Unknown operation name.';
  return found ?? Refusal.of(refusal(missing));
}

function refuseWrite(operation: OperationDefinitionNode): Refusal | undefined {
  if (operation.operation === 'query') return undefined;
  return new Refusal('refused', 405, [
    { message: 'Only queries may be sent by GET.', extensions: { code: 'METHOD_NOT_ALLOWED' } },
  ]);
}

function parseRefusal(error: unknown): Refusal {
  if (!(error instanceof GraphQLError)) throw error;
  if (error.message.includes('tokens')) {
    // The parser stops at the limit: what it says names the number, and nothing of ours.
    return new Refusal('refused', 400, [requestError(error)]);
  }
  return new Refusal('document', 400, [requestError(error)]);
}

/** One of graphql-js's own errors. (Suggestions are off: they tell names of the schema.) */
function requestError(error: GraphQLError): GraphError {
  return {
    message: error.message,
    ...(error.locations && { locations: error.locations.map(({ line, column }) => ({ line, column })) }),
    extensions: { code: 'INVALID_QUERY' },
  };
}

/** A name of a variable that the text does not hold. */
function freeName(text: string): string {
  let name = 'proto';
  while (text.includes(name)) name += '_';
  return name;
}

function renameVariable(document: DocumentNode, from: string, to: string): DocumentNode {
  return visit(document, {
    Variable(node) {
      if (node.name.value !== from) return undefined;
      return { ...node, name: { ...node.name, value: to } };
    },
  });
}
