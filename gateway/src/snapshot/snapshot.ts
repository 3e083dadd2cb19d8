/**
 * A configuration, built: route table, chains, supergraph and upstreams, immutable from here on. A request keeps the
 * snapshot that it began with, whatever comes after.
 */

import { cookieName } from '../auth/session/session-config.ts';
import { leaseProcesses, processSpec } from '../bffs-apart/bff-processes.ts';
import { joinBffs } from '../bffs-apart/bffs-apart.ts';
import { openPlugins, type Plugins, requireSound, routeFaults } from '../chains/plugins.ts';
import { openPolicies } from '../chains/policies.ts';
import { type Chains, openChains } from '../chains/snapshot-chains.ts';
import type { Config } from '../config/schema.ts';
import { Borrowed } from '../core/borrowed.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import { createGraph, type Graph } from '../graph/graph.ts';
import { sentFields } from '../graph/headers/request-headers.ts';
import { withOperationSpans } from '../graph/operation-span.ts';
import { joinSubgraphs } from '../graph-feed/subgraph-upstreams.ts';
import type { Readiness } from '../handlers/admin/admin.ts';
import {
  type BackendCredentials,
  credentialUpstreams,
  openBackendCredentials,
} from '../identities/backend-credentials.ts';
import { authUpstreams, type Identities, openIdentities } from '../identities/identities.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { filesOfIpRules } from '../middleware/ip-rules.ts';
import { openDocuments } from '../mounts/graph-documents.ts';
import { operationDocuments } from '../mounts/graph-operations.ts';
import { gatherMounts } from '../mounts/mounts.ts';
import type { Policies } from '../policy/policies.ts';
import type { Residents } from '../residents/residents.ts';
import type { IpRulesConfig } from '../settings/ip-rules.ts';
import { createUpstreams, type Upstreams } from '../upstream/upstream.ts';
import { openSnapshotStreams } from './snapshot-streams.ts';

export interface Snapshot extends Chains {
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
  const borrowed = new Borrowed();
  try {
    // The graph and the upstreams need each other: the one to fetch, the others to know the subgraphs.
    let upstreams: Upstreams | undefined;
    const callUpstream: CallUpstream = (request) => {
      if (!upstreams) throw new TypeError('a call before there are upstreams');
      return upstreams.call(request);
    };
    const plugins = await openPlugins(config, folder, residents);
    borrowed.add(plugins.release);
    const policies = openPolicies(config, residents, callUpstream);
    const { graph, configs } = await joinGraph({ ...parts, config }, callUpstream, policies);
    if (graph) borrowed.add(() => graph.close());
    let restPlanner: (() => void) | undefined;
    borrowed.add(() => restPlanner?.());
    const credentials = openBackendCredentials(config, residents, callUpstream);
    borrowed.add(() => credentials.release());
    borrowed.add(await leaseProcesses(config, folder, residents.bffProcesses, residents.identityKeys));
    const providers = { ...authUpstreams(config.auth), ...credentialUpstreams(configs) };
    upstreams = openUpstreams({ ...configs, ...providers }, config, residents, credentials.proofsOf, plugins);
    borrowed.add(upstreams.dispose);
    const plans = compilePlans(config.plans);
    const identities = openIdentities(config, plans, residents, upstreams.call);
    const streams = openSnapshotStreams(config, identities, residents);
    borrowed.add(() => streams.dispose());
    const releaseLists = await residents.addressFiles.lease(filesOfIpRules(ipRulesOf(config)));
    borrowed.add(releaseLists);
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
    borrowed.add(() => Promise.all(mounts.bffs.map((bff) => bff.dispose())));
    requireSound(routeFaults(plugins.read, mounts.list));
    const served = { mounts: mounts.list, plans, identities, policies, plugins, residents };
    const chains = await openChains({ config, ...served });
    return {
      ...chains,
      upstreams,
      graph,
      identities,
      retire(soon) {
        streams.retire(soon);
        restPlanner?.();
        restPlanner = residents.clock.after(PLANS_WITHIN_MS, () => graph?.stopPlanning());
      },
      dispose: () => borrowed.giveBack(),
    };
  } catch (error) {
    await borrowed.giveBack();
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
