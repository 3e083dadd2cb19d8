/**
 * The federated graph: a supergraph, loaded; operations, executed. What faces it is the HTTP handler, which wants
 * text, and the BFFs, which want objects; what it faces is `callUpstream` alone.
 */
import type { GraphQLSchema } from 'graphql';
import { FrontdeskError } from '../core/errors.ts';
import type { CallContext } from '../core/exchange.ts';
import { Admission, type Admitted } from './admission.ts';
import type { ProjectOptions } from './answer/project.ts';
import { answerText, completed, refusalText } from './answer-text.ts';
import { ClientDocuments } from './client-documents.ts';
import type { GraphConfig } from './config.ts';
import { resolveOperation } from './document/document.ts';
import type { DataObject } from './execute/data.ts';
import { Deferral } from './execute/defer.ts';
import { introspect } from './execute/introspect.ts';
import type { Run } from './execute/run.ts';
import { type RequestFields, requestFields } from './headers/request-headers.ts';
import { replyFieldsOf, responseRules } from './headers/response-headers.ts';
import { incrementalAnswer } from './incremental-answer.ts';
import { Operations } from './operation.ts';
import type { CompiledOperation } from './operation-compiler.ts';
import { type OperationMeter, operationMeter } from './operation-meter.ts';
import type { GraphOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import type { GraphObject, GraphRequest, GraphStream, GraphText, PlannedOperation } from './request.ts';
import { SharedAnswers } from './share.ts';
import type { EventPlan } from './subscribe/event.ts';
import { openSubscriptions, type Subscriptions } from './subscribe/subscriptions.ts';
import { loadSupergraph, type Subgraph } from './supergraph/supergraph.ts';
import { askedFor, Telling, withExtensions } from './telling.ts';
import type { HotOperation, WarmUp } from './warm-up.ts';

export interface Graph {
  readonly subgraphs: readonly Subgraph[];
  /** What clients see. */
  readonly schema: GraphQLSchema;
  /**
   * Executes an operation. Rejects only with what cancelled the exchange or refused a charge; all else, refusals
   * of the operation included, is an answer. Past the deadline it answers with what there is.
   */
  execute(request: GraphRequest): Promise<GraphText>;
  /**
   * As `execute`, for whoever can take an answer in several payloads (`request.accepts`). `trusted`: see `#ready`. Default: no.
   */
  open(request: GraphRequest, trusted?: boolean): Promise<GraphText | GraphStream>;
  /** As `execute`, without making text: for callers in the process. */
  executeObject(request: GraphRequest): Promise<GraphObject>;
  /**
   * The plan of an operation, its conditions resolved with `variables` (those not given count as false),
   * without what `as` may not have (an identity, or somebody unknown); by default nothing is withheld.
   * Rejects with `FrontdeskError('invalid_query')`.
   */
  plan(
    query: string,
    operationName?: string,
    variables?: Readonly<Record<string, unknown>>,
    as?: Pick<CallContext, 'identity'>,
  ): Promise<PlannedOperation>;
  /** What is asked for most (`warmUp.max` at most), for the graph that takes over from this one. */
  hot(): HotOperation[];
  /**
   * Prepares, plans and compiles registered documents and what another graph was asked for most, until
   * `warmUp.budget` is spent. To be awaited before it takes over, once its upstreams are there. Never rejects.
   */
  warm(hot: readonly HotOperation[]): Promise<WarmUp>;
  /** Ends its planner: what goes on (streams) is planned already, and nothing begins any more. */
  stopPlanning(): void;
  /** Ends its subscriptions and its planner. Only when no operation uses it any more. */
  close(): void;
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
    doors: options.planners,
  });
  const graph = new FederatedGraph(options, supergraph);
  try {
    await graph.documents.register();
    return graph;
  } catch (error) {
    graph.close();
    throw error;
  }
}

interface Refused {
  readonly refusal: Refusal;
}

/** An operation that may run. */
interface Ready extends Admitted {
  readonly refusal: undefined;
  readonly compiled: CompiledOperation;
  /** Set where the answer tells of itself. */
  readonly telling: Telling | undefined;
}

class FederatedGraph implements Graph {
  readonly subgraphs: readonly Subgraph[];
  readonly schema: GraphQLSchema;
  readonly #config: GraphConfig;
  readonly #operations: Operations;
  readonly #projection: ProjectOptions;
  readonly #meter: OperationMeter;
  readonly documents: ClientDocuments;
  readonly #admission: Admission;
  readonly #shared: SharedAnswers | undefined;
  readonly #responseRules: ReturnType<typeof responseRules>;
  readonly #options: GraphOptions;
  readonly #subscriptions: Subscriptions<CompiledOperation>;

  constructor(options: GraphOptions, supergraph: Awaited<ReturnType<typeof loadSupergraph>>) {
    const { config, meter } = options;
    this.#options = options;
    this.#meter = operationMeter(meter, options.clock);
    this.subgraphs = supergraph.subgraphs;
    this.schema = supergraph.schema;
    this.#config = config;
    this.#shared = config.sharing.inbound ? new SharedAnswers(options.clock) : undefined;
    this.#responseRules = responseRules(config.headers);
    this.#projection = { maxErrors: config.errors.max, serviceNames: config.errors.serviceNames };
    const sent = (subgraph: string): RequestFields | undefined => requestFields(config.headers, subgraph);
    this.#operations = new Operations(
      supergraph,
      config,
      {
        callUpstream: options.callUpstream,
        upstreamOf: options.upstreamOf,
        logger: options.logger,
        maxReplyBytes: config.maxReply,
        share: config.sharing.upstream,
        errors: { subgraphMessages: config.errors.subgraphMessages, max: config.errors.max },
        requestFields: sent,
      },
      options.random,
      options.policies,
      this.#meter.plans,
    );
    this.documents = new ClientDocuments(this.#operations, options);
    this.#admission = new Admission(this.#operations, this.documents, config);
    this.#subscriptions = openSubscriptions(
      { ...options, config: config.subscriptions, requestFields: sent, subgraphs: supergraph.subgraphs },
      (compiled, run) => answerText(compiled, run, this.#projection),
    );
  }

  async execute(request: GraphRequest): Promise<GraphText> {
    const ready = await this.#ready({ ...request, accepts: undefined }, false);
    return ready.refusal ? refusalText(ready.refusal) : this.#answer(request, ready);
  }

  async #answer(request: GraphRequest, ready: Ready): Promise<GraphText> {
    const { compiled, kind, variables } = ready;
    const shared = this.#shared;
    if (ready.telling) return this.#tell(request, ready, ready.telling);
    if (!shared) return answerText(compiled, await this.#execute(request, ready), this.#projection);
    const work = async (context: CallContext): Promise<GraphText> =>
      answerText(compiled, await this.#execute({ ...request, context }, ready), this.#projection);
    const { context, forwarded = NOTHING } = request;
    if (kind === 'query') return shared.answer(context, { compiled, variables, forwarded }, work);
    return work(context).finally(() => shared.endJoining());
  }

  /** The answer, and what it tells of itself. Never another's. */
  async #tell(request: GraphRequest, ready: Ready, telling: Telling): Promise<GraphText> {
    const { compiled, prepared, cost = 0 } = ready;
    const answer = answerText(compiled, await this.#execute(request, ready), this.#projection);
    const { plan, shape } = compiled;
    const told = telling.text({ plan, shape, operation: prepared.operation, cost }, this.#config.limits.cost);
    return { ...answer, body: withExtensions(answer.body, told) };
  }

  async open(request: GraphRequest, trusted = false): Promise<GraphText | GraphStream> {
    const ready = await this.#ready(request, trusted);
    if (ready.refusal) return refusalText(ready.refusal);
    const { events, deferred } = ready.compiled;
    if (deferred.length > 0) return this.#defer(request, ready);
    return events ? this.#subscribe(request, ready, events) : this.#answer(request, ready);
  }

  async #defer(request: GraphRequest, ready: Ready): Promise<GraphText | GraphStream> {
    const deferral = new Deferral(request.context, this.#options.clock, this.#config.defer.timeout);
    try {
      const run = await this.#execute(request, ready, deferral);
      return incrementalAnswer(ready.compiled, run, deferral, this.#projection);
    } catch (error) {
      deferral.end(error instanceof Error ? error : undefined);
      throw error;
    }
  }

  async #subscribe(
    { context, forwarded = NOTHING }: GraphRequest,
    { compiled, variables, kind }: Ready,
    events: EventPlan,
  ): Promise<GraphText | GraphStream> {
    try {
      const stream = await this.#subscriptions.open({ compiled, events, variables, forwarded, context });
      this.#meter.ended(kind, 'ok');
      return stream;
    } catch (error) {
      if (!(error instanceof FrontdeskError) || error === context.cancellation.reason) throw error;
      return refusalText(this.#refuse(kind, Refusal.of(error)).refusal);
    }
  }

  async executeObject(request: GraphRequest): Promise<GraphObject> {
    const ready = await this.#ready({ ...request, accepts: undefined }, true);
    if (ready.refusal) return { errors: ready.refusal.errors };
    const run = await this.#execute(request, ready);
    const { data, errors } = completed(ready.compiled.shape, run, this.#projection);
    return errors.length > 0 ? { data, errors } : { data };
  }

  hot(): HotOperation[] {
    return this.documents.hot();
  }

  warm(hot: readonly HotOperation[]): Promise<WarmUp> {
    return this.documents.warm(hot);
  }

  stopPlanning(): void {
    this.#operations.close();
  }

  close(): void {
    this.#subscriptions.close();
    this.#operations.close();
  }

  async plan(
    query: string,
    operationName?: string,
    variables: Readonly<Record<string, unknown>> = {},
    as?: Pick<CallContext, 'identity'>,
  ): Promise<PlannedOperation> {
    const prepared = this.#operations.prepare(query, operationName, false);
    if (prepared instanceof Refusal) {
      const detail = prepared.errors.map((error) => error.message).join('; ');
      throw new FrontdeskError('invalid_query', { detail, members: { errors: prepared.errors } });
    }
    const given: DataObject = { ...variables };
    const compiled = await this.#operations.compile(prepared, given, as ? as.identity : 'trusted', true);
    const operation = resolveOperation(prepared.operation, prepared.fragments, given);
    const shape = compiled.deferred.length > 0 ? this.#operations.shape(operation) : compiled.shape;
    return { plan: compiled.plan, operation, shape, cost: this.#operations.cost(prepared, given) };
  }

  /** `trusted`: asked by code of this process, whose documents are its own. */
  async #ready(request: GraphRequest, trusted: boolean): Promise<Ready | Refused> {
    const { context } = request;
    const asked = trusted ? undefined : askedFor(request, this.#config.extensions);
    const telling = asked && new Telling(asked, context.timeline);
    const admitted = await this.#admission.admit(request, trusted, asked !== undefined);
    telling?.admitted();
    if ('refusal' in admitted) return this.#refuse(admitted.kind, admitted.refusal);
    const { kind, prepared, variables, cost } = admitted;
    let compiled: CompiledOperation;
    try {
      const incremental = kind !== 'subscription' && request.accepts?.incremental === true;
      const { policies } = prepared;
      const held = policies.length > 0 ? await this.#options.policies?.held(policies, context) : undefined;
      compiled = await this.#operations.compile(prepared, variables, context.identity, incremental, held);
    } catch (error) {
      if (error instanceof FrontdeskError) return this.#refuse(kind, Refusal.of(error));
      throw error;
    }
    if (compiled.denied.length > 0) this.#logDenied(compiled, context.id);
    telling?.planned();
    return { refusal: undefined, kind, prepared, compiled, variables, cost, telling };
  }

  async #execute(
    request: GraphRequest,
    { kind, prepared, compiled, variables }: Ready,
    deferral?: Deferral,
  ): Promise<Run> {
    const startedAt = this.#options.clock.now();
    const { context } = request;
    request.watch?.planned();
    const run: Run = {
      context,
      forwarded: request.forwarded ?? NOTHING,
      variables,
      data: {},
      loose: [],
      failed: false,
      plain: true,
      replyFields:
        this.#responseRules && replyFieldsOf(this.#responseRules, kind, prepared.guards.length > 0),
      deferrals: deferral,
    };
    deferral?.attach(run);
    if (compiled.introspection) introspect(this.schema, compiled.introspection, run);
    if (compiled.run) await compiled.run(run);
    const { reason } = context.cancellation;
    // Past the deadline there may still be something worth telling; to a client that left, nothing is.
    if (reason && !(reason instanceof FrontdeskError && reason.code === 'deadline_exceeded')) throw reason;
    this.#meter.ran(prepared, this.#options.clock.now() - startedAt);
    this.#meter.ended(kind, run.failed ? 'partial' : 'ok');
    return run;
  }

  #refuse(kind: string, refusal: Refusal): Refused {
    this.#meter.ended(kind, 'refused');
    return { refusal };
  }

  #logDenied({ denied }: CompiledOperation, requestId: string): void {
    if (!this.#config.authorization.log) return;
    const coordinates = denied.map(({ coordinate }) => coordinate);
    this.#options.logger.info({ requestId, coordinates }, 'fields were withheld from the caller');
  }
}

const NOTHING: readonly string[] = [];
