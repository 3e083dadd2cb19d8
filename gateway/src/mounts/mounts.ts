/** Gives each planned mount the handler that answers it. */
import { createHash } from 'node:crypto';
import type { Bff } from '../bff/definition.ts';
import { apartHandler, BFF_STREAMS } from '../bffs-apart/bffs-apart.ts';
import { type BffConfig, bffName, runsApart } from '../config/bff.ts';
import type { Config } from '../config/schema.ts';
import { withPlace } from '../config/schema-faults.ts';
import type { Clock } from '../core/clock.ts';
import type { Handler } from '../core/exchange.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import type { Graph } from '../graph/graph.ts';
import { clientFields } from '../graph/headers/request-headers.ts';
import type { ClientStreamsConfig } from '../graph/stream-config.ts';
import { healthHandler, type Readiness } from '../handlers/admin/admin.ts';
import { countedCalls } from '../handlers/bff/counted-calls.ts';
import { graphSubscriber } from '../handlers/bff/graph-events.ts';
import { guardBff } from '../handlers/bff/guard.ts';
import { loadBff, packageFolder } from '../handlers/bff/load.ts';
import type { MountedBff } from '../handlers/bff/mount.ts';
import { fixedHandler } from '../handlers/fixed.ts';
import { graphHandler } from '../handlers/graph/graph.ts';
import { type Graphiql, graphiql } from '../handlers/graphiql/graphiql.ts';
import { wantsPage } from '../handlers/graphiql/page-request.ts';
import type { TranscodeOptions } from '../handlers/grpc/transcode.ts';
import { jwksHandler } from '../handlers/jwks.ts';
import { socketExchangeHandler } from '../handlers/proxy/socket-exchange.ts';
import type { StreamBounds } from '../handlers/proxy/stream-bounds.ts';
import type { StreamKeeper } from '../handlers/proxy/stream-keeper.ts';
import { redirectHandler } from '../handlers/redirect.ts';
import type { PathRestore } from '../handlers/reshaping/path-restore.ts';
import { compileReplyRules } from '../handlers/reshaping/reply-rules.ts';
import { compileRequestRules } from '../handlers/reshaping/request-rules.ts';
import { shaped } from '../handlers/reshaping/shaping.ts';
import type { Policies } from '../policy/policies.ts';
import type { SessionTrust } from '../residents/credential-residents.ts';
import type { Residents } from '../residents/residents.ts';
import { aggregated, replyRulesOf } from './aggregated.ts';
import { fieldDraws } from './field-draws.ts';
import { openDocuments } from './graph-documents.ts';
import { operationAnswer } from './graph-operations.ts';
import { bffSockets, type GraphSockets, graphSockets } from './graph-sockets.ts';
import { type PlannedMount, planMounts, templateOf } from './mount-plan.ts';
import { bffSecurity } from './openapi-security.ts';
import { protobufOf } from './protobuf-routes.ts';
import { proxied } from './proxied.ts';
import { waysBack } from './ways-back.ts';
import { withRetry } from './with-retry.ts';

export interface Mount extends PlannedMount {
  readonly handler: Handler;
  /** Where WebSockets are spoken. */
  readonly sockets?: GraphSockets | undefined;
  /** What browsers get, where that is a page: without being asked who they are. */
  readonly page?: { readonly wants: typeof wantsPage; readonly handler: Handler } | undefined;
}

export interface MountParts {
  readonly config: Config;
  /** Where packages and relative paths are looked for: the configuration file's folder. */
  readonly folder: string;
  readonly callUpstream: CallUpstream;
  readonly upstreams: ReadonlySet<string>;
  readonly graph: Graph | undefined;
  /** Of streamed answers; there where the graph is. */
  readonly keeper: StreamKeeper | undefined;
  /** Of a BFF's answers over GraphQL. */
  readonly keeperOf: (config: ClientStreamsConfig) => StreamKeeper;
  /** Of proxied sockets and streams. */
  readonly bounds: StreamBounds;
  readonly readiness: Readiness;
  readonly residents: Residents;
  readonly policies: Policies;
  readonly sessions?: SessionTrust['handlers'] | undefined;
}

export interface Mounts {
  readonly list: readonly Mount[];
  /** What must be ended with the snapshot. */
  readonly bffs: readonly MountedBff[];
}

/** GraphiQL at a path; its files are read when the first browser comes. */
function pageAt(path: string): NonNullable<Mount['page']> {
  return { wants: wantsPage, handler: graphiql(path).page };
}

/** Rejects with a `BffError` where a BFF does not fit. */
export async function gatherMounts(parts: MountParts): Promise<Mounts> {
  const { config, folder } = parts;
  const loaded = await Promise.all(
    config.bffs.map((entry) =>
      entry.package === undefined || runsApart(entry) ? undefined : loadBff(entry.package, folder),
    ),
  );
  const bffs = new Map<number, MountedBff>();
  const keepers = config.bffs.map((entry) => parts.keeperOf(entry.graphql.subscriptions));
  try {
    for (const [i, entry] of config.bffs.entries()) {
      const bff = loaded[i];
      if (!bff || entry.package === undefined) continue;
      parts.residents.strayErrors.know(bffName(entry), packageFolder(entry.package, folder));
      bffs.set(i, await mounted(bff, entry, parts, keepers[i]));
    }
    const browsers = graphiql(config.graph?.path ?? '/');
    const list: Mount[] = [];
    const plans = planMounts(config, loaded);
    const elsewhere = waysBack(plans);
    for (const plan of plans) {
      const bodies = await protobufOf(plan);
      const callUpstream = bodies ? bodies.calling(parts.callUpstream) : parts.callUpstream;
      const handler = await handlerOf(
        plan,
        { ...parts, callUpstream, elsewhere: elsewhere(plan) },
        bffs,
        browsers,
      );
      const ruled = guarded(plan, withRules(plan, handler, parts.residents.clock), parts);
      list.push({
        ...plan,
        handler: bodies ? bodies.speaking(ruled) : ruled,
        page: plan.hasPage ? pageAt(templateOf(plan.match)) : undefined,
        sockets: socketsOf(plan, parts, bffs, keepers),
      });
    }
    return { list, bffs: [...bffs.values()] };
  } catch (error) {
    await Promise.all([...bffs.values()].map((bff) => bff.dispose()));
    throw error;
  }
}

async function mounted(
  bff: Bff,
  entry: BffConfig,
  parts: MountParts,
  keeper: StreamKeeper | undefined,
): Promise<MountedBff> {
  const { graph, upstreams, residents } = parts;
  const { clock, logger, metrics } = residents;
  const { mount } = entry;
  const name = bffName(entry);
  const callUpstream = countedCalls(parts.callUpstream, { bff: name, meter: metrics, clock });
  // It brings Apollo Server, which a gateway without BFFs never loads.
  const { mountBff } = await import('../handlers/bff/mount.ts');
  return mountBff(
    { ...bff, name },
    {
      mount,
      callUpstream,
      graph: graph && ((request) => graph.executeObject(request)),
      subscriber: graph && graphSubscriber(graph),
      streams: keeper && { bounds: parts.bounds, keeper, random: residents.random },
      clock,
      upstreams,
      graphql: entry.graphql,
      documents: await openDocuments(entry.graphql.documents, residents),
      introspection: parts.config.graph?.introspection ?? false,
      openapi: entry.openapi.serve ? { security: bffSecurity(parts.config, entry) } : undefined,
      logger,
      meter: metrics,
      keeps: {
        parts: residents.keptParts,
        lastGood: residents.lastGood,
        shape: shapeOf(parts.config, entry),
      },
      policies: parts.policies,
      traces: residents.screenTraces,
      flows: bff.flows.length > 0 ? await residents.flows.engines() : undefined,
      draw: fieldDraws(residents.limits.limiter),
    },
  );
}

/** Whatever decides what backends' answers hold: values that were kept under another are not given out. */
function shapeOf({ upstreams, graph }: Config, { package: own }: BffConfig): string {
  return createHash('sha256')
    .update(JSON.stringify([own, upstreams, graph]))
    .digest('base64url');
}

/** Where WebSockets are spoken: at the graph, and at the GraphQL of BFFs. */
function socketsOf(
  { answer }: PlannedMount,
  parts: MountParts,
  bffs: ReadonlyMap<number, MountedBff>,
  keepers: readonly StreamKeeper[],
): GraphSockets | undefined {
  if (answer.kind === 'graph') return graphSockets(parts);
  if (answer.kind !== 'bff' || answer.field !== undefined) return undefined;
  const keeper = keepers[answer.index];
  return keeper && bffSockets(bffs.get(answer.index)?.operation, keeper);
}

/** A BFF's requests within its own bounds, on its own account. */
function guarded(
  { bff: index, answer }: PlannedMount,
  handler: Handler,
  { config, residents }: MountParts,
): Handler {
  const entry = index === undefined ? undefined : config.bffs[index];
  if (index === undefined || !entry) return handler;
  const { concurrency = Number.POSITIVE_INFINITY, objective } = entry;
  const account = residents.bffs.account(bffName(entry), objective);
  const screen = answer.kind === 'bff' ? (answer.field ?? 'graphql') : '*';
  const supervisor = entry.process && residents.bffProcesses.find(bffName(entry));
  const serves = supervisor && ((): boolean => supervisor.state === 'ready');
  return guardBff(handler, { account, screen, concurrency, clock: residents.clock, serves });
}

function withRules(mount: PlannedMount, handler: Handler, clock: Clock): Handler {
  const { rules, maxBodyBytes } = mount;
  if (!rules) return handler;
  const request = compileRequestRules(rules.request, maxBodyBytes, clock);
  return shaped(handler, request, compileReplyRules(replyRulesOf(mount, rules.response), clock));
}

/** It brings the reader of schemas, which a gateway without gRPC never loads. */
async function transcoded(options: TranscodeOptions): Promise<Handler> {
  const { transcodeHandler } = await import('../handlers/grpc/transcode.ts');
  return withPlace(options.config, transcodeHandler(options));
}

function graphed({ config, graph, keeper }: MountParts): Handler {
  // `config/references.ts` has refused a route to a graph that is not there.
  if (!config.graph || !graph) throw new TypeError('a route to the graph, and no graph');
  const { maxBody, headers, batching } = config.graph;
  return graphHandler({
    graph,
    maxBodyBytes: maxBody,
    forward: clientFields(headers),
    maxBatch: batching?.max,
    keeper,
  });
}

function handlerOf(
  mount: PlannedMount,
  parts: MountParts & { readonly elsewhere: PathRestore | undefined },
  bffs: ReadonlyMap<number, MountedBff>,
  browsers: Graphiql,
): Handler | Promise<Handler> {
  const { answer, match, retry } = mount;
  const { graph, bounds } = parts;
  const callUpstream = withRetry(parts.callUpstream, retry);
  switch (answer.kind) {
    case 'health':
      return healthHandler(parts.readiness);
    case 'jwks':
      return jwksHandler(() => parts.residents.identityKeys.published());
    case 'graph':
      return graphed(parts);
    case 'operation':
      return operationAnswer(answer.name, mount.auth, parts);
    case 'session': {
      if (!parts.sessions) throw new TypeError('a path of sessions, and no sessions');
      return parts.sessions[answer.endpoint];
    }
    case 'graphiql':
      return browsers.file;
    case 'bff': {
      const route = bffs.get(answer.index)?.routes.find(({ path }) => path === answer.path);
      if (!route) throw new TypeError(`no BFF answers ${answer.path}`);
      return route.handler;
    }
    case 'fixed':
      return fixedHandler(answer.to.fixed);
    case 'redirect':
      return redirectHandler(answer.to.redirect, typeof match.path === 'string' ? 'segments' : 'pieces');
    case 'exchange': {
      const { exchange } = answer.to;
      return socketExchangeHandler({
        callUpstream,
        exchange,
        template: templateOf(match),
        strip: answer.strip,
        bounds,
      });
    }
    case 'aggregate':
      return aggregated(answer, mount, { callUpstream, graph, residents: parts.residents });
    case 'transcode':
      return transcoded({
        callUpstream,
        config: answer.to.transcode,
        bounds,
        template: templateOf(match),
        strip: answer.strip,
        timeoutMs: answer.timeoutMs,
      });
    case 'proxy': {
      const { strip, timeoutMs } = answer;
      const { elsewhere } = parts;
      const common = { callUpstream, template: templateOf(match), strip, timeoutMs, elsewhere };
      const ordinary = proxied(answer.to, common, bounds);
      if (mount.bff === undefined) return ordinary;
      return apartHandler(ordinary, proxied({ ...answer.to, stream: BFF_STREAMS }, common, bounds));
    }
  }
}
