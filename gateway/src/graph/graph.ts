/**
 * The federated graph: a supergraph, loaded; operations, executed. What faces it is the HTTP handler, which wants
 * text, and the BFFs, which want objects; what it faces is `callUpstream` alone.
 */
import { execute as executeLocally, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import { formatLoose, type GraphError, type ProjectOptions, project } from './answer/project.ts';
import type { SelectionShape } from './answer/shape.ts';
import type { GraphConfig } from './config.ts';
import { resolveOperation } from './document/document.ts';
import { type DataObject, setOwn } from './execute/data.ts';
import type { UpstreamOf } from './execute/fetch.ts';
import type { Run } from './execute/run.ts';
import { type CompiledOperation, Operations, type PreparedDocument } from './operation.ts';
import type { AutomaticDocuments } from './persisted/automatic.ts';
import type { RegisteredDocument } from './persisted/manifest.ts';
import { registeredByName, resolveText, type TextRules } from './persisted/resolve-text.ts';
import type { PlanNode } from './plan/plan.ts';
import { Refusal } from './refusal.ts';
import type { GraphObject, GraphRequest, GraphStream, GraphText } from './request.ts';
import { loadSupergraph, type Subgraph } from './supergraph/supergraph.ts';
import {
  type HotOperation,
  hottest,
  registerDocuments,
  registeredAsHot,
  type WarmUp,
  warmUp,
} from './warm-up.ts';

export interface GraphOptions {
  readonly config: GraphConfig;
  readonly supergraphSdl: string;
  readonly callUpstream: CallUpstream;
  readonly upstreamOf: UpstreamOf;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Documents of the manifests. Default: none. */
  readonly registered?: readonly RegisteredDocument[] | undefined;
  /** Where automatic persisted queries are kept. Default: nowhere. */
  readonly automatic?: AutomaticDocuments | undefined;
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
  /** As `execute`, for whoever can take an answer in several payloads (`request.accepts`). */
  open(request: GraphRequest): Promise<GraphText | GraphStream>;
  /** As `execute`, without making text: for callers in the process. */
  executeObject(request: GraphRequest): Promise<GraphObject>;
  /**
   * The plan of an operation, its conditions resolved with `variables` (those not given count as false),
   * without what `as` may not have; by default nothing is withheld.
   * Rejects with `FrontdeskError('invalid_query')`.
   */
  plan(
    query: string,
    operationName?: string,
    variables?: Readonly<Record<string, unknown>>,
    as?: PlannedFor,
  ): Promise<PlannedOperation>;
  /** What is asked for most (`warmUp.max` at most), for the graph that takes over from this one. */
  hot(): HotOperation[];
  /**
   * Prepares, plans and compiles registered documents and what another graph was asked for most, until
   * `warmUp.budget` is spent. To be awaited before it takes over, once its upstreams are there. Never rejects.
   */
  warm(hot: readonly HotOperation[]): Promise<WarmUp>;
  /** Ends its planner. Only when no operation uses it any more. */
  close(): void;
}

/** For whom an operation is planned; without an identity, for somebody unknown. */
export interface PlannedFor {
  readonly identity: Identity | undefined;
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
  const { config, logger } = options;
  const supergraph = await loadSupergraph(options.supergraphSdl, {
    choice: config.planner,
    clock: options.clock,
    budgetMs: config.planBudget,
    apolloBudgetMs: config.apolloPlanBudget,
    onFallback: (reason) => logger.info({ reason }, 'an operation goes to the second planner'),
  });
  const graph = new FederatedGraph(options, supergraph);
  try {
    await graph.register();
    return graph;
  } catch (error) {
    graph.close();
    throw error;
  }
}

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
  readonly #texts: TextRules;
  readonly #registered: readonly RegisteredDocument[];
  readonly #options: GraphOptions;

  constructor(options: GraphOptions, supergraph: Awaited<ReturnType<typeof loadSupergraph>>) {
    const { config, meter } = options;
    this.#options = options;
    this.#registered = options.registered ?? [];
    this.#texts = {
      registered: registeredByName(this.#registered),
      onlyRegistered: config.documents.only === 'registered',
      automatic: options.automatic,
    };
    this.subgraphs = supergraph.subgraphs;
    this.schema = supergraph.schema;
    this.#config = config;
    this.#projection = { maxErrors: config.errors.max, serviceNames: config.errors.serviceNames };
    this.#operations = new Operations(supergraph, config, {
      callUpstream: options.callUpstream,
      upstreamOf: options.upstreamOf,
      logger: options.logger,
      maxReplyBytes: config.maxReply,
      errors: { subgraphMessages: config.errors.subgraphMessages, max: config.errors.max },
    });
    const count = meter.counter({
      name: 'frontdesk_graph_operations_total',
      help: 'GraphQL operations by kind and outcome: ok, partial (with errors), refused.',
      labels: ['kind', 'outcome'],
    });
    this.#countOperation = (kind, outcome) => count(1, kind, outcome);
  }

  async execute(request: GraphRequest): Promise<GraphText> {
    const executed = await this.#run(request, false);
    if (executed.refusal) {
      const { errors } = executed.refusal;
      return { body: JSON.stringify({ errors }), errors: errors.length, refusal: executed.refusal };
    }
    const { compiled, run } = executed;
    const text = run.failed ? undefined : compiled.writeText()(run.data, run.plain);
    if (text !== undefined) return { body: `{"data":${text}}`, errors: 0, refusal: undefined };
    const { data, errors } = this.#project(compiled, run);
    const body = errors.length > 0 ? JSON.stringify({ errors, data }) : JSON.stringify({ data });
    return { body, errors: errors.length, refusal: undefined };
  }

  open(request: GraphRequest): Promise<GraphText | GraphStream> {
    return this.execute(request);
  }

  async executeObject(request: GraphRequest): Promise<GraphObject> {
    const executed = await this.#run(request, true);
    if (executed.refusal) return { errors: executed.refusal.errors };
    const { data, errors } = this.#project(executed.compiled, executed.run);
    return errors.length > 0 ? { data, errors } : { data };
  }

  /** Validates the registered documents. Rejects where one is invalid and the configuration says so. */
  async register(): Promise<void> {
    const { logger, clock } = this.#options;
    const invalid = await registerDocuments(this.#operations, this.#registered, clock);
    if (invalid.length === 0) return;
    if (this.#config.documents.invalid === 'refuse') {
      const listed = invalid.map(({ id, reason }) => `${id}: ${reason}`).join('; ');
      throw new FrontdeskError('internal', { detail: `registered documents are not valid: ${listed}` });
    }
    for (const { id, reason } of invalid) logger.warn({ id, reason }, 'a registered document is not valid');
  }

  hot(): HotOperation[] {
    return hottest(this.#operations, this.#config.warmUp.max);
  }

  async warm(hot: readonly HotOperation[]): Promise<WarmUp> {
    const { logger, clock } = this.#options;
    const { max, budget } = this.#config.warmUp;
    const registered = registeredAsHot(this.#registered, hot);
    const warmed = await warmUp(this.#operations, [...hot, ...registered].slice(0, max), clock, budget);
    if (warmed.warmed + warmed.failed + warmed.left > 0) logger.info({ ...warmed }, 'operations warmed up');
    return warmed;
  }

  close(): void {
    this.#operations.close();
  }

  async plan(
    query: string,
    operationName?: string,
    variables: Readonly<Record<string, unknown>> = {},
    as?: PlannedFor,
  ): Promise<PlannedOperation> {
    const prepared = this.#operations.prepare(query, operationName, false);
    if (prepared instanceof Refusal) {
      const detail = prepared.errors.map((error) => error.message).join('; ');
      throw new FrontdeskError('invalid_query', { detail, members: { errors: prepared.errors } });
    }
    const given: DataObject = { ...variables };
    const compiled = await this.#operations.compile(prepared, given, as ? as.identity : 'trusted');
    const operation = resolveOperation(prepared.operation, prepared.fragments, given);
    return { plan: compiled.plan, operation, shape: compiled.shape, cost: compiled.cost(given) };
  }

  /** `trusted`: asked by code of this process, whose documents are its own. */
  async #run(request: GraphRequest, trusted: boolean): Promise<Executed> {
    const { context, charge, paid } = request;
    // One token for each operation, before any work is done for it.
    if (charge && !paid) await charge(1);
    const prepared = trusted
      ? this.#operations.prepare(request.query ?? '', request.operationName, false)
      : await this.#prepare(request);
    if (prepared instanceof Refusal) return this.#refuse('unknown', prepared);
    const kind = prepared.operation.operation;
    const variables = this.#operations.coerce(prepared, request.variables);
    if (variables instanceof Refusal) return this.#refuse(kind, variables);
    let compiled: CompiledOperation;
    try {
      compiled = await this.#operations.compile(prepared, variables, context.identity);
    } catch (error) {
      if (error instanceof FrontdeskError) return this.#refuse(kind, Refusal.of(error));
      throw error;
    }
    if (charge && this.#config.charge === 'cost') {
      const more = compiled.cost(variables) - 1;
      if (more > 0) await charge(more);
    }
    const run: Run = {
      context,
      forwarded: request.forwarded ?? NOTHING,
      variables,
      data: {},
      loose: [],
      failed: false,
      plain: true,
    };
    if (compiled.denied.length > 0) this.#logDenied(compiled, context.id);
    if (compiled.introspection) this.#introspect(compiled, run);
    if (compiled.run) await compiled.run(run);
    const { reason } = context.cancellation;
    // Past the deadline there may still be something worth telling; to a client that left, nothing is.
    if (reason && !(reason instanceof FrontdeskError && reason.code === 'deadline_exceeded')) throw reason;
    this.#countOperation(kind, run.failed ? 'partial' : 'ok');
    return { refusal: undefined, compiled, run };
  }

  async #prepare(request: GraphRequest): Promise<PreparedDocument | Refusal> {
    const resolving = resolveText(request, this.#texts);
    const resolved = resolving instanceof Promise ? await resolving : resolving;
    if (resolved instanceof Refusal) return resolved;
    const { text, registered, keepAs } = resolved;
    const operationName = request.operationName ?? registered?.operationName;
    const queryOnly = request.queryOnly ?? false;
    const prepared = this.#operations.prepare(text, operationName, queryOnly, registered !== undefined);
    if (keepAs !== undefined && !(prepared instanceof Refusal)) this.#texts.automatic?.keep(keepAs, text);
    return prepared;
  }

  #refuse(kind: string, refusal: Refusal): Executed {
    this.#countOperation(kind, 'refused');
    return { refusal };
  }

  #logDenied({ denied }: CompiledOperation, requestId: string): void {
    if (!this.#config.authorization.log) return;
    const coordinates = denied.map(({ coordinate }) => coordinate);
    this.#options.logger.info({ requestId, coordinates }, 'fields were withheld from the caller');
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
