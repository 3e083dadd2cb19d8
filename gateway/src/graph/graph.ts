/**
 * The federated graph: a supergraph, loaded; operations, executed. What faces it is the HTTP handler, which wants
 * text, and the BFFs, which want objects; what it faces is `callUpstream` alone.
 */
import { execute as executeLocally, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import { formatLoose, type GraphError, type ProjectOptions, project } from './answer/project.ts';
import type { SelectionShape } from './answer/shape.ts';
import type { GraphConfig } from './config.ts';
import { resolveOperation } from './document/document.ts';
import type { Run } from './execute/compile-plan.ts';
import { type DataObject, setOwn } from './execute/data.ts';
import type { UpstreamOf } from './execute/fetch.ts';
import { type CompiledOperation, Operations } from './operation.ts';
import type { PlanNode } from './plan/plan.ts';
import { Refusal } from './refusal.ts';
import type { GraphObject, GraphRequest, GraphText } from './request.ts';
import { loadSupergraph, type Subgraph } from './supergraph/supergraph.ts';

export interface GraphOptions {
  readonly config: GraphConfig;
  readonly supergraphSdl: string;
  readonly callUpstream: CallUpstream;
  readonly upstreamOf: UpstreamOf;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

export interface Graph {
  readonly subgraphs: readonly Subgraph[];
  /** What clients see. */
  readonly schema: GraphQLSchema;
  /**
   * Executes an operation. Rejects only with what cancelled the exchange or refused a charge; all else, refusals
   * of the operation included, is an answer. Past the deadline it answers with what there is.
   */
  execute(request: GraphRequest): Promise<GraphText>;
  /** As `execute`, without making text: for callers in the process. */
  executeObject(request: GraphRequest): Promise<GraphObject>;
  /**
   * The plan of an operation, its conditions resolved with `variables` (those not given count as false).
   * Rejects with `FrontdeskError('invalid_query')`.
   */
  plan(
    query: string,
    operationName?: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<PlannedOperation>;
  /** Ends its planner. Only when no operation uses it any more. */
  close(): void;
}

export interface PlannedOperation {
  /** `undefined` where nothing has to be fetched. */
  readonly plan: PlanNode | undefined;
  readonly operation: OperationDefinitionNode;
  readonly shape: SelectionShape;
  /** Static cost. */
  readonly cost: number;
}

/** Loads a supergraph and makes it ready. Rejects where it cannot be used. */
export async function createGraph(options: GraphOptions): Promise<Graph> {
  const killAfterMs = Math.max(MIN_KILL_AFTER_MS, options.config.planBudget * 2);
  const supergraph = await loadSupergraph(options.supergraphSdl, killAfterMs);
  return new FederatedGraph(options, supergraph);
}

/** A planner that is merely slow on a busy machine is not killed: starting another costs more. */
const MIN_KILL_AFTER_MS = 1_000;

type Executed =
  | { readonly refusal: Refusal }
  | { readonly refusal: undefined; readonly compiled: CompiledOperation; readonly run: Run };

class FederatedGraph implements Graph {
  readonly subgraphs: readonly Subgraph[];
  readonly schema: GraphQLSchema;
  readonly #config: GraphConfig;
  readonly #operations: Operations;
  readonly #projection: ProjectOptions;
  readonly #countOperation: (kind: string, outcome: string) => void;

  constructor(options: GraphOptions, supergraph: Awaited<ReturnType<typeof loadSupergraph>>) {
    const { config, meter } = options;
    this.subgraphs = supergraph.subgraphs;
    this.schema = supergraph.schema;
    this.#config = config;
    this.#projection = { maxErrors: config.errors.max, serviceNames: config.errors.serviceNames };
    this.#operations = new Operations(
      supergraph,
      config,
      {
        callUpstream: options.callUpstream,
        upstreamOf: options.upstreamOf,
        logger: options.logger,
        maxReplyBytes: config.maxReply,
        errors: { subgraphMessages: config.errors.subgraphMessages, max: config.errors.max },
      },
      options.clock,
    );
    const count = meter.counter({
      name: 'frontdesk_graph_operations_total',
      help: 'GraphQL operations by kind and outcome: ok, partial (with errors), refused.',
      labels: ['kind', 'outcome'],
    });
    this.#countOperation = (kind, outcome) => count(1, kind, outcome);
  }

  async execute(request: GraphRequest): Promise<GraphText> {
    const executed = await this.#run(request);
    if (executed.refusal) {
      const { errors } = executed.refusal;
      return { body: JSON.stringify({ errors }), errors: errors.length, refusal: executed.refusal };
    }
    const { compiled, run } = executed;
    const text = run.failed ? undefined : compiled.writeText()(run.data);
    if (text !== undefined) return { body: `{"data":${text}}`, errors: 0, refusal: undefined };
    const { data, errors } = this.#project(compiled, run);
    const body = errors.length > 0 ? JSON.stringify({ errors, data }) : JSON.stringify({ data });
    return { body, errors: errors.length, refusal: undefined };
  }

  async executeObject(request: GraphRequest): Promise<GraphObject> {
    const executed = await this.#run(request);
    if (executed.refusal) return { errors: executed.refusal.errors };
    const { data, errors } = this.#project(executed.compiled, executed.run);
    return errors.length > 0 ? { data, errors } : { data };
  }

  close(): void {
    this.#operations.close();
  }

  async plan(
    query: string,
    operationName?: string,
    variables: Readonly<Record<string, unknown>> = {},
  ): Promise<PlannedOperation> {
    const prepared = this.#operations.prepare(query, operationName, false);
    if (prepared instanceof Refusal) {
      const detail = prepared.errors.map((error) => error.message).join('; ');
      throw new FrontdeskError('invalid_query', { detail, members: { errors: prepared.errors } });
    }
    const given: DataObject = { ...variables };
    const compiled = await this.#operations.compile(prepared, given);
    const operation = resolveOperation(prepared.operation, prepared.fragments, given);
    return { plan: compiled.plan, operation, shape: compiled.shape, cost: compiled.cost(given) };
  }

  async #run(request: GraphRequest): Promise<Executed> {
    const { context } = request;
    const prepared = this.#operations.prepare(
      request.query,
      request.operationName,
      request.queryOnly ?? false,
    );
    if (prepared instanceof Refusal) return this.#refuse('unknown', prepared);
    const kind = prepared.operation.operation;
    const variables = this.#operations.coerce(prepared, request.variables);
    if (variables instanceof Refusal) return this.#refuse(kind, variables);
    let compiled: CompiledOperation;
    try {
      compiled = await this.#operations.compile(prepared, variables);
    } catch (error) {
      if (error instanceof FrontdeskError) return this.#refuse(kind, Refusal.of(error));
      throw error;
    }
    if (request.charge && this.#config.charge === 'cost') await request.charge(compiled.cost(variables));
    const run: Run = {
      context,
      forwarded: request.forwarded ?? NOTHING,
      variables,
      data: {},
      loose: [],
      failed: false,
    };
    if (compiled.introspection) this.#introspect(compiled, run);
    if (compiled.run) await compiled.run(run);
    const { reason } = context.cancellation;
    // Past the deadline there may still be something worth telling; to a client that left, nothing is.
    if (reason && !(reason instanceof FrontdeskError && reason.code === 'deadline_exceeded')) throw reason;
    this.#countOperation(kind, run.failed ? 'partial' : 'ok');
    return { refusal: undefined, compiled, run };
  }

  #refuse(kind: string, refusal: Refusal): Executed {
    this.#countOperation(kind, 'refused');
    return { refusal };
  }

  /** graphql-js answers `__schema` and `__type`: synchronously, from the schema alone. */
  #introspect(compiled: CompiledOperation, run: Run): void {
    if (!compiled.introspection) return;
    const result = executeLocally({
      schema: this.schema,
      document: compiled.introspection,
      variableValues: run.variables,
    });
    if (result instanceof Promise || !('data' in result) || !result.data) return;
    for (const key of Object.keys(result.data)) setOwn(run.data, key, result.data[key]);
  }

  #project(compiled: CompiledOperation, run: Run): { data: DataObject | null; errors: GraphError[] } {
    const { data, errors } = project(compiled.shape, run.data, this.#projection);
    for (const entry of run.loose) {
      if (errors.length < this.#projection.maxErrors) errors.push(formatLoose(entry, this.#projection));
    }
    return { data, errors };
  }
}

const NOTHING: readonly string[] = [];
