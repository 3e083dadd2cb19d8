/**
 * A configuration, built: route table, chains, supergraph and upstreams, immutable from here on. A request keeps the
 * snapshot that it began with, whatever comes after.
 */

import { asksForNothing } from './auth/grants.ts';
import { cookieName } from './auth/session/session-config.ts';
import {
  type BackendCredentials,
  credentialUpstreams,
  openBackendCredentials,
} from './backend-credentials.ts';
import { leaseProcesses, processSpec } from './bff-processes.ts';
import { joinBffs } from './bffs-apart.ts';
import type { Config } from './config/schema.ts';
import type { FrontdeskError } from './core/errors.ts';
import type { Exchange, Handler } from './core/exchange.ts';
import { NORMAL_PRIORITY } from './core/priority.ts';
import type { CallUpstream } from './core/upstream-call.ts';
import { createGraph, type Graph } from './graph/graph.ts';
import { sentFields } from './graph/headers/request-headers.ts';
import { openDocuments } from './graph-documents.ts';
import { operationDocuments } from './graph-operations.ts';
import type { Readiness } from './handlers/admin.ts';
import { authUpstreams, type Identities, openIdentities } from './identities.ts';
import { identityTokenFields } from './identity-tokens.ts';
import { compilePlans, type Plans } from './limits/plans.ts';
import { canonicalAuthority } from './listener/host.ts';
import { clientAddress } from './middleware/client-address.ts';
import { forwardedCertificate } from './middleware/forwarded-certificate.ts';
import { filesOfIpRules, ipRules } from './middleware/ip-rules.ts';
import { type MatchTarget, match } from './middleware/match.ts';
import { priority } from './middleware/priority.ts';
import { proxyDeadline } from './middleware/proxy-deadline.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { shedPriority } from './middleware/shed.ts';
import { gatherMounts, type Mount } from './mounts.ts';
import {
  doorChain,
  operationChain,
  pageChain,
  preflightChain,
  type RouteGuards,
  refusalChain,
  routeChain,
  upgradeChain,
} from './pipeline.ts';
import { openPolicies } from './policies.ts';
import type { Policies } from './policy/policies.ts';
import type { Residents } from './residents.ts';
import { routeGuards } from './route-guards.ts';
import { openRouteLimits, type RouteLimits } from './route-limits.ts';
import { compileRoutes, type RouteTable } from './router/route-table.ts';
import { compileRouting } from './router/routing.ts';
import type { IpRulesConfig } from './settings/ip-rules.ts';
import { openSnapshotStreams } from './snapshot-streams.ts';
import { joinSubgraphs } from './subgraph-upstreams.ts';
import { traceOf } from './telemetry/exemplars.ts';
import { urlRedactor } from './telemetry/redaction.ts';
import { lineSampler } from './telemetry/line-sampling.ts';
import { requestMetrics } from './telemetry/request-metrics.ts';
import { createUpstreams, type Upstreams } from './upstream/upstream.ts';
import { openValidations } from './validations.ts';
import { makeIdSource } from './wire/trace-context.ts';

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
    const policies = openPolicies(config, residents, callUpstream);
    const { graph, configs } = await joinGraph({ ...parts, config }, callUpstream, policies);
    if (graph) borrowed.push(async () => graph.close());
    let restPlanner: (() => void) | undefined;
    borrowed.push(async () => restPlanner?.());
    const credentials = openBackendCredentials(config, residents, callUpstream);
    borrowed.push(async () => credentials.release());
    borrowed.push(await leaseProcesses(config, folder, residents.bffProcesses, residents.identityKeys));
    const providers = { ...authUpstreams(config.auth), ...credentialUpstreams(configs) };
    upstreams = openUpstreams({ ...configs, ...providers }, config, residents, credentials.proofsOf);
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
    const limits = openRouteLimits(config, plans, residents);
    const validations = await openValidations(mounts.list, residents);
    const guarding = { config, residents, policies, authenticator: identities.authenticator, validations };
    const routes = routesOf(mounts.list, config, (mount) =>
      targetOf(mount, plans, limits, identities, routeGuards({ ...guarding, mount })),
    );
    return {
      ...openDoor(config, routes, limits, residents),
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
  return { graph, configs: joined.configs };
}

function openUpstreams(
  configs: Config['upstreams'],
  config: Config,
  residents: Residents,
  proofsOf: BackendCredentials['proofsOf'],
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
    credentialFields: config.auth.apiKey ? [config.auth.apiKey.header] : [],
    sessionCookie: config.auth.session && cookieName(config.auth.session),
    // Empty where it comes from a variable that is not set.
    zone: config.zone === '' ? undefined : config.zone,
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

function targetOf(
  mount: Mount,
  plans: Plans,
  limits: RouteLimits,
  { authenticator }: Identities,
  own: RouteGuards,
): MatchTarget {
  const { auth, grants, deadlineMs, maxBodyBytes, handler, sockets } = mount;
  const page = mount.page && { wants: mount.page.wants, chain: pageChain(mount.page.handler, deadlineMs) };
  const hasTenant = mount.match.tenant !== undefined;
  const asksNobody = auth.schemes.length === 0 && asksForNothing(grants) && !hasTenant;
  const accepted = asksNobody ? undefined : authenticator.forRoute(auth);
  const guards = {
    deadlineMs,
    authenticator: accepted,
    grants,
    hasTenant,
    priority: priority(mount.priority, plans),
    limit: limits.of(mount),
    guards: own,
  };
  const chain = routeChain({ ...guards, maxBodyBytes, handler });
  const preflight = preflightChain(own);
  const { kind } = mount.answer;
  const sheds = shedPriority(kind, mount.priority);
  if (!sockets) return { kind, sheds, chain, page, preflight };
  const upgrade = upgradeChain({ ...guards, handler: sockets.upgradeHandler(accepted) });
  const operation = operationChain({ ...guards, handler: sockets.operation });
  return { kind, sheds, chain, page, preflight, sockets: { upgrade, operation } };
}

function openDoor(
  { auth, telemetry, identityHeaders, upstreams, routing, listen, securityHeaders: said }: Config,
  routes: RouteTable<MatchTarget>,
  limits: RouteLimits,
  { clock, logger, metrics, accessLines, addressFiles, shedder }: Residents,
): Pick<Snapshot, 'handle' | 'refuse'> {
  const door = {
    replyFields: securityHeaders(said),
    ids: makeIdSource(),
    logger,
    log: {
      clock,
      metrics: requestMetrics(metrics, traceOf(telemetry.metrics.exemplars)),
      lines: accessLines,
      redact: urlRedactor(telemetry.accessLog.redact),
      sampler: lineSampler(telemetry.accessLog),
      fields: telemetry.accessLog.fields,
    },
  };
  return {
    handle: doorChain({
      ...door,
      shed: shedder?.step((exchange) => {
        const found = routes.match(exchange);
        // To say that there is no such route costs little more than to say that there is no time.
        return found.kind === 'found' ? found.value.sheds : NORMAL_PRIORITY;
      }),
      identityHeaders: [...Object.values(identityHeaders), ...identityTokenFields(upstreams)],
      tenantField: routing.tenant?.header,
      ipRules: ipRules(listen.ip, {
        fileAt: (path) => addressFiles.get(path),
        meter: metrics,
        label: '*',
      }),
      clientAddress: clientAddress(listen.trustedProxies, { canonicalHost: canonicalAuthority }),
      proxyDeadline: proxyDeadline(listen.trustedProxies?.deadline),
      forwardedCertificate: forwardedCertificate(auth.mtls?.forwarded, {
        isSecure: listen.tls !== undefined,
        meter: metrics,
      }),
      globalLimit: limits.door,
      match: match(routes),
    }),
    refuse: (exchange, error) => refusalChain(door, error)(exchange),
  };
}
