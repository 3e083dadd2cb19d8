/**
 * Mounts a BFF: each operation at its own path, all of them as GraphQL at `{mount}/graphql`, on one engine and with
 * the same clients. The BFF's schema and operations are checked against each other, and against the
 * configuration, before anything is served.
 */

import type { GraphQLSchema } from 'graphql';
import { type AnyOperation, type Bff, operationsOf } from '../../bff/definition.ts';
import type { GraphClient, GraphSubscriber } from '../../bff/graph-client.ts';
import { isGrpcBackend } from '../../bff/grpc-backend.ts';
import type { PartReport } from '../../bff/screen/engine.ts';
import type { KeptParts } from '../../bff/screen/kept-parts.ts';
import type { LastGood } from '../../bff/screen/last-good.ts';
import { PartCaching } from '../../bff/screen/part-caching.ts';
import type { PartScope } from '../../bff/screen/part-run.ts';
import type { Clock } from '../../core/clock.ts';
import type { Handler } from '../../core/exchange.ts';
import { type Logger, noLogger } from '../../core/log.ts';
import { type Meter, noMeter } from '../../core/meter.ts';
import type { ScreenTraces } from '../../core/request-trace.ts';
import type { CallUpstream } from '../../core/upstream-call.ts';
import { AnswerShapes } from './answer-shape.ts';
import { BffDocuments, type BffDocumentsOptions, documentFaults } from './bff-documents.ts';
import { BffClients } from './clients.ts';
import { driftReports } from './drift-reports.ts';
import type { FaceParts, OperationPolicies } from './face-parts.ts';
import type { DrawField } from './field-limits.ts';
import { type FlowEngines, openFlows } from './flow-mount.ts';
import { type GraphqlFace, startGraphqlFace } from './graphql.ts';
import { type BffGraphqlConfig, bffGraphqlConfig } from './graphql-config.ts';
import { liveHandler } from './live-events.ts';
import { type BffStreams, liveObservers } from './live-session.ts';
import type { OpenapiSecurity } from './openapi/bff-openapi.ts';
import { exampleFaults } from './openapi/examples.ts';
import { openapiRoute } from './openapi/openapi-route.ts';
import { PluginGuard } from './plugin-guard.ts';
import type { RequestMemo } from './request-memo.ts';
import { beginScreen, openRuns } from './request-runs.ts';
import { flowHandler } from './rest-flow.ts';
import { RestLimits } from './rest-limits.ts';
import { screenHandler } from './rest-screen.ts';
import { type BffRoute, bffRoutes } from './routes.ts';
import { BffError, bindSchema } from './schema.ts';

const PART_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export interface MountBffOptions {
  /** The path that it lives under: `/mobile`. */
  readonly mount: string;
  readonly callUpstream: CallUpstream;
  readonly graph?: GraphClient | undefined;
  /** Subscribes on the graph. Default: nothing can. */
  readonly subscriber?: GraphSubscriber | undefined;
  /** What live streams and answers in several payloads need. Default: there are none. */
  readonly streams?: BffStreams | undefined;
  readonly clock: Clock;
  /** Names under `upstreams`; a backend that is not among them is an error at start. Default: not checked. */
  readonly upstreams?: ReadonlySet<string> | undefined;
  /** Default: as an empty section of the configuration. */
  readonly graphql?: BffGraphqlConfig | undefined;
  /** What clients may name. Default: nothing. */
  readonly documents?: KnownDocuments | undefined;
  /** Whether clients may ask for the GraphQL schema where `graphql` does not say. Default: false. */
  readonly introspection?: boolean;
  readonly logger?: Logger;
  readonly meter?: Meter;
  /**
   * Where cached parts and last good values are kept. `shape`: a text of whatever of the configuration decides what
   * backends' answers hold. Default: nowhere, and every part is fetched.
   */
  readonly keeps?:
    | { readonly parts: KeptParts; readonly lastGood: LastGood; readonly shape: string }
    | undefined;
  /** Its OpenAPI document is served where this is said. Default: it is not. */
  readonly openapi?: { readonly security: OpenapiSecurity | undefined } | undefined;
  /** Where fields with `@rateLimit` draw from. Default: nowhere, they are not limited. */
  readonly draw?: DrawField | undefined;
  /** What runs the flows of BFFs. Default: an engine for this mount alone, in memory. */
  readonly flows?: FlowEngines | undefined;
  /** Takes what happens to the screens of requests. Default: nobody looks. */
  readonly traces?: ScreenTraces | undefined;
  /** What operations' policies are; a name that is not among them is an error at start. Default: none. */
  readonly policies?: OperationPolicies | undefined;
}

type KnownDocuments = Pick<BffDocumentsOptions, 'registered' | 'automatic'>;

export interface MountedRoute extends BffRoute {
  readonly handler: Handler;
}

export interface MountedBff {
  readonly name: string;
  readonly routes: readonly MountedRoute[];
  /** Answers an operation that came over a WebSocket; `undefined` where none are spoken. */
  readonly operation: Handler | undefined;
  /** Ends its GraphQL server; after the last request that used it. */
  dispose(): Promise<void>;
}

/** Rejects with a `BffError` that names all that does not fit. */
export async function mountBff(bff: Bff, options: MountBffOptions): Promise<MountedBff> {
  const { mount, logger = noLogger } = options;
  checkMount(bff, options);
  const schema = await bindSchema(bff, options.draw);
  const { callUpstream, graph } = options;
  const { clock, policies, meter = noMeter } = options;
  const tellDrift = driftReports({ bff: bff.name, clock, logger, meter });
  const clients = new BffClients(bff.backends, {
    callUpstream,
    tellDrift,
    graph,
    subscriber: options.subscriber,
    grpc: await openGrpc(bff, callUpstream),
  });
  const report = reporter(bff, logger, meter);
  const caching = cachingOf(bff, options, clients);
  const flows = await openFlows(bff, { ...options, logger, meter, openGrpc });
  const parts: FaceParts = {
    bff,
    clients,
    schema,
    shapes: new AnswerShapes(schema),
    limits: RestLimits.of(bff.name, schema, options.draw),
    clock,
    logger,
    meter,
    report,
    caching,
    tellDrift,
    traces: options.traces,
    streams: options.streams && {
      ...options.streams,
      begin: (screen, input, context) => beginScreen(parts, screen, input, context),
      observe: liveObservers(bff.name, logger, meter),
    },
    policies,
    flows: flows?.engine,
  };
  const wrong = exampleFaults(bff, schema, parts.shapes);
  if (wrong.length > 0) throw new BffError(bff.name, wrong);
  const config = options.graphql ?? bffGraphqlConfig.parse(undefined);
  const guard = new PluginGuard({ bff: bff.name, clock, logger, meter, timeoutMs: config.pluginTimeout });
  const face = await startGraphqlFace({
    bff: bff.name,
    schema,
    config,
    introspection: config.introspection ?? options.introspection ?? false,
    logger,
    plugins: (bff.plugins ?? []).map((plugin, i) => guard.guard(plugin, i)),
    isWord: (error) => guard.isWord(error),
    documents: openDocuments(bff, schema, config, options.documents, logger),
    openRuns: (exchange) => openRuns(parts, exchange),
    streams: options.streams,
  });
  const routes = bffRoutes(bff, mount).map((route): MountedRoute => {
    const { operation } = route;
    return { ...route, handler: operation ? handlerOf(operation, parts) : face.handler };
  });
  if (options.openapi) routes.push(openapiRoute(parts, mount, options.openapi.security));
  const { operation } = face;
  const takeBack = flows?.offer();
  const dispose = (): Promise<void> => {
    takeBack?.();
    return disposeOf(face, caching);
  };
  return { name: bff.name, routes, operation, dispose };
}

function openDocuments(
  bff: Bff,
  schema: GraphQLSchema,
  { documents: { only, invalid } }: BffGraphqlConfig,
  { registered, automatic }: KnownDocuments = { registered: [], automatic: undefined },
  logger: Logger,
): BffDocuments {
  const faults = documentFaults(schema, registered);
  if (faults.length > 0 && invalid === 'refuse') throw new BffError(bff.name, faults);
  for (const fault of faults) logger.warn({ bff: bff.name, fault }, 'a registered document is not served');
  return new BffDocuments({ registered, automatic, onlyRegistered: only === 'registered' });
}

/** What is being fetched behind answers goes by the upstreams that are left now. */
function disposeOf(face: GraphqlFace, caching: PartCaching | undefined): Promise<void> {
  caching?.close();
  return face.dispose();
}

function cachingOf({ name }: Bff, { keeps }: MountBffOptions, clients: BffClients): PartCaching | undefined {
  if (!keeps) return undefined;
  const { parts: kept, lastGood, shape } = keeps;
  return new PartCaching({ bff: name, shape, kept, lastGood, openClients: () => clients.forRequest() });
}

/** The REST face of an operation: a file for each kind. */
function handlerOf(operation: AnyOperation, parts: FaceParts): Handler {
  switch (operation.kind) {
    case 'screen':
      return screenHandler(operation, parts);
    case 'flow':
      return flowHandler(operation, parts);
    case 'live':
      return liveHandler(operation, parts);
  }
}

/** It brings the reader of schemas, which a BFF without gRPC never loads. */
async function openGrpc(
  bff: Bff,
  callUpstream: CallUpstream,
): Promise<((scope: PartScope, memo?: RequestMemo) => object) | undefined> {
  if (!Object.values(bff.backends).some(isGrpcBackend)) return undefined;
  const { loadGrpcClients } = await import('./grpc.ts');
  try {
    const clients = await loadGrpcClients(bff.backends, callUpstream);
    return (scope, memo) => clients.open(scope, memo);
  } catch (error) {
    throw new BffError(bff.name, [error instanceof Error ? error.message : String(error)]);
  }
}

function checkMount(bff: Bff, { mount, upstreams, policies }: MountBffOptions): void {
  const faults: string[] = [];
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(mount))
    faults.push(`mount: expected a path such as /mobile, not "${mount}"`);
  for (const name of upstreams ? Object.keys(bff.backends) : []) {
    if (!upstreams?.has(name)) faults.push(`it reads backend ${name}, but upstreams has no ${name}`);
  }
  for (const { kind, field, policies: asked } of operationsOf(bff)) {
    for (const name of asked) {
      if (policies?.has(name) !== true)
        faults.push(`${kind} ${field} asks for policy ${name}, but policies has no ${name}`);
    }
  }
  if (faults.length > 0) throw new BffError(bff.name, faults);
}

function reporter(bff: Bff, logger: Logger, meter: Meter): (report: PartReport) => void {
  const seconds = meter.histogram({
    name: 'frontdesk_bff_part_seconds',
    help: 'Time of the parts of screens',
    labels: ['bff', 'screen', 'part', 'outcome'],
    buckets: PART_SECONDS,
  });
  return ({ screen, part, outcome, durationMs, failure }) => {
    seconds(durationMs / 1000, bff.name, screen, part, outcome);
    if (!failure) return;
    const { code, detail } = failure;
    logger.warn({ bff: bff.name, screen, part, code, detail, durationMs }, 'a part failed');
  };
}
