/**
 * A configuration, built: route table, chains, supergraph and upstreams, immutable from here on. A request keeps the
 * snapshot that it began with, whatever comes after.
 */

import { cookieName } from './auth/session/session-config.ts';
import {
  type BackendCredentials,
  credentialUpstreams,
  openBackendCredentials,
} from './backend-credentials.ts';
import { leaseProcesses, processSpec } from './bff-processes.ts';
import { joinBffs } from './bffs-apart.ts';
import { doorPartsOf, type OwnParts, type RouteCommon, routePartsOf } from './chain-parts.ts';
import type { Config } from './config/schema.ts';
import type { FrontdeskError } from './core/errors.ts';
import type { Exchange, Handler } from './core/exchange.ts';
import type { CallUpstream } from './core/upstream-call.ts';
import { createGraph, type Graph } from './graph/graph.ts';
import { sentFields } from './graph/headers/request-headers.ts';
import { withOperationSpans } from './graph/operation-span.ts';
import { openDocuments } from './graph-documents.ts';
import { operationDocuments } from './graph-operations.ts';
import type { Readiness } from './handlers/admin.ts';
import { authUpstreams, type Identities, openIdentities } from './identities.ts';
import { compilePlans } from './limits/plans.ts';
import { filesOfIpRules } from './middleware/ip-rules.ts';
import { type MatchTarget, match } from './middleware/match.ts';
import { shedPriority } from './middleware/shed.ts';
import { gatherMounts, type Mount } from './mounts.ts';
import {
  doorChain,
  operationChain,
  pageChain,
  preflightChain,
  refusalChain,
  routeChain,
  upgradeChain,
} from './pipeline.ts';
import { openPlugins, type Plugins, requireSound, routeFaults } from './plugins.ts';
import { openPolicies } from './policies.ts';
import type { Policies } from './policy/policies.ts';
import type { Residents } from './residents.ts';
import { routeGuards } from './route-guards.ts';
import { openRouteLimits } from './route-limits.ts';
import { compileRoutes, type RouteTable } from './router/route-table.ts';
import { compileRouting } from './router/routing.ts';
import type { IpRulesConfig } from './settings/ip-rules.ts';
import { openSnapshotStreams } from './snapshot-streams.ts';
import { joinSubgraphs } from './subgraph-upstreams.ts';
import { createUpstreams, type Upstreams } from './upstream/upstream.ts';
import { openValidations } from './validations.ts';

export interface Snapshot {
  /** Answers a request. */
  readonly handle: Handler;
  /** Answers a request whose head the listener refused. */
  readonly refuse: (exchange: Exchange, error: FrontdeskError) => ReturnType<Handler>;
  readonly routes: RouteTable<MatchTarget>;
  readonly upstreams: Upstreams;
  readonly graph: Graph | undefined;
  readonly identities: Identities;
  /** Another has taken over: what has no end of its own gets one, after its grace; `soon` without it. */
  retire(soon: boolean): void;
  /** Gives back what it borrowed. Only when no request uses it any more. */
  dispose(): Promise<void>;
}

export interface SnapshotParts {
  readonly config: Config;
  /** The configuration file's folder: packages are looked for from here. */
  readonly folder: string;
  /** The supergraph, where the configuration has a graph. */
  readonly supergraphSdl: string | undefined;
  /** Why no traffic should come; asked by `/readyz`. */
  readonly readiness: Readiness;
  readonly residents: Residents;
}

/**
 * A retired snapshot with streams may live for long; requests that may still have to be planned do not. After this its
 * planner, a process of 64 MB, is ended.
 */
const PLANS_WITHIN_MS = 60_000;

/**
 * Builds a snapshot. Rejects with what is wrong (a `BffError`, a `RouteConflictError`, a `FrontdeskError`), and then
 * holds nothing.
 */
export async function buildSnapshot(parts: SnapshotParts): Promise<Snapshot> {
  const { folder, readiness, residents } = parts;
  const config = joinBffs(parts.config, (bff) =>
    residents.bffProcesses.socketOf(processSpec(parts.config, bff, folder)),
  );
  const borrowed: (() => Promise<void>)[] = [];
  const giveBack = async (): Promise<void> => {
    for (const end of borrowed.splice(0).reverse()) await end();
  };
  try {
    // The graph and the upstreams need each other: the one to fetch, the others to know the subgraphs.
    let upstreams: Upstreams | undefined;
    const callUpstream: CallUpstream = (request) => {
      if (!upstreams) throw new TypeError('a call before there are upstreams');
      return upstreams.call(request);
    };
    const plugins = await openPlugins(config, folder, residents);
    borrowed.push(plugins.release);
    const policies = openPolicies(config, residents, callUpstream);
    const { graph, configs } = await joinGraph({ ...parts, config }, callUpstream, policies);
    if (graph) borrowed.push(async () => graph.close());
    let restPlanner: (() => void) | undefined;
    borrowed.push(async () => restPlanner?.());
    const credentials = openBackendCredentials(config, residents, callUpstream);
    borrowed.push(async () => credentials.release());
    borrowed.push(await leaseProcesses(config, folder, residents.bffProcesses, residents.identityKeys));
    const providers = { ...authUpstreams(config.auth), ...credentialUpstreams(configs) };
    upstreams = openUpstreams({ ...configs, ...providers }, config, residents, credentials.proofsOf, plugins);
    borrowed.push(upstreams.dispose);
    const plans = compilePlans(config.plans);
    const identities = openIdentities(config, plans, residents, upstreams.call);
    const streams = openSnapshotStreams(config, identities, residents);
    borrowed.push(async () => streams.dispose());
    const releaseLists = await residents.addressFiles.lease(filesOfIpRules(ipRulesOf(config)));
    borrowed.push(async () => releaseLists());
    const mounts = await gatherMounts({
      config,
      folder,
      callUpstream,
      upstreams: new Set(Object.keys(config.upstreams)),
      graph,
      ...streams,
      readiness,
      residents,
      policies,
      sessions: identities.sessions,
    });
    borrowed.push(async () => void (await Promise.all(mounts.bffs.map((bff) => bff.dispose()))));
    requireSound(routeFaults(plugins.read, mounts.list));
    const limits = openRouteLimits(config, plans, residents);
    const validations = await openValidations(mounts.list, residents);
    const guarding = { config, residents, policies, authenticator: identities.authenticator, validations };
    const common = { plans, limits, identities, residents };
    const routes = routesOf(mounts.list, config, (mount) =>
      targetOf(mount, common, {
        guards: routeGuards({ ...guarding, mount }),
        plugins: plugins.of(mount),
      }),
    );
    const door = doorPartsOf(config, routes, limits, residents, plugins);
    return {
      handle: doorChain({ ...door, match: match(routes) }),
      refuse: (exchange, error) => refusalChain(door, error)(exchange),
      routes,
      upstreams,
      graph,
      identities,
      retire(soon) {
        streams.retire(soon);
        restPlanner?.();
        restPlanner = residents.clock.after(PLANS_WITHIN_MS, () => graph?.stopPlanning());
      },
      dispose: giveBack,
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

async function joinGraph(
  { config, supergraphSdl, residents }: SnapshotParts,
  callUpstream: CallUpstream,
  policies: Policies,
): Promise<{ graph: Graph | undefined; configs: Config['upstreams'] }> {
  if (!config.graph || supergraphSdl === undefined) return { graph: undefined, configs: config.upstreams };
  const { clock, metrics, logger } = residents;
  const documents = await openDocuments(config.graph.documents, residents);
  let joined: ReturnType<typeof joinSubgraphs> | undefined;
  const graph = await createGraph({
    config: config.graph,
    supergraphSdl,
    callUpstream,
    upstreamOf: (subgraph) => {
      if (!joined) throw new TypeError('a plan before there are upstreams');
      return joined.upstreamOf(subgraph);
    },
    clock,
    meter: metrics,
    logger,
    policies,
    ...documents,
    registered: [...documents.registered, ...operationDocuments(config.graph)],
  });
  const { headers } = config.graph;
  joined = joinSubgraphs(config.upstreams, graph.subgraphs, (subgraph) => sentFields(headers, subgraph));
  return { graph: residents.tracing ? withOperationSpans(graph) : graph, configs: joined.configs };
}

function openUpstreams(
  configs: Config['upstreams'],
  config: Config,
  residents: Residents,
  proofsOf: BackendCredentials['proofsOf'],
  plugins: Plugins,
): Upstreams {
  const { clock, random, limits, endpoints, discovery, upstreamMetrics, caches, splits } = residents;
  return createUpstreams({
    caches,
    splits,
    configs,
    clock,
    random,
    metrics: upstreamMetrics,
    limiter: limits.limiter,
    registry: endpoints,
    discovery,
    identityHeaders: config.identityHeaders,
    proofsOf,
    pluginsOf: plugins.ofUpstream,
    credentialFields: config.auth.apiKey ? [config.auth.apiKey.header] : [],
    sessionCookie: config.auth.session && cookieName(config.auth.session),
    // Empty where it comes from a variable that is not set.
    zone: config.zone === '' ? undefined : config.zone,
    traced: residents.tracing !== undefined,
  });
}

function ipRulesOf({ listen, graph, routes, bffs }: Config): (IpRulesConfig | undefined)[] {
  return [listen, graph, ...routes, ...bffs].map((section) => section?.ip);
}

function routesOf(
  mounts: readonly Mount[],
  { routing }: Config,
  targetOfMount: (mount: Mount) => MatchTarget,
): RouteTable<MatchTarget> {
  const entries = mounts.map((mount) => ({
    match: mount.match,
    source: mount.source,
    value: targetOfMount(mount),
  }));
  return compileRoutes(entries, compileRouting(routing));
}

function targetOf(mount: Mount, common: RouteCommon, parts: OwnParts): MatchTarget {
  const { deadlineMs, handler, sockets } = mount;
  const page = mount.page && { wants: mount.page.wants, chain: pageChain(mount.page.handler, deadlineMs) };
  const inbound = routePartsOf(mount, common, parts);
  const chain = routeChain({ ...inbound, handler });
  const preflight = preflightChain(parts.guards);
  const { kind } = mount.answer;
  const sheds = shedPriority(kind, mount.priority);
  if (!sockets) return { kind, sheds, chain, page, preflight };
  const upgrade = upgradeChain({ ...inbound, handler: sockets.upgradeHandler(inbound.authenticator) });
  const operation = operationChain({ ...inbound, handler: sockets.operation });
  return { kind, sheds, chain, page, preflight, sockets: { upgrade, operation } };
}
