/**
 * Everything that answers under some path, as one list: health, the graph, the BFFs' screens, the configured routes.
 * Each mount says what it takes, who may ask and what answers; the snapshot makes chains of them.
 */
import type { RouteAuthConfig } from './auth/authenticator.ts';
import type { Config } from './config/schema.ts';
import type { Handler } from './core/exchange.ts';
import type { CallUpstream } from './core/upstream-call.ts';
import type { Graph } from './graph/graph.ts';
import { healthHandler, type Readiness } from './handlers/admin.ts';
import { type MountedBff, mountBff } from './handlers/bff.ts';
import { loadBff } from './handlers/bff-load.ts';
import { fixedHandler } from './handlers/fixed.ts';
import { graphHandler } from './handlers/graph.ts';
import { proxyHandler } from './handlers/proxy.ts';
import type { RouteLimitConfig } from './limits/plans.ts';
import type { Residents } from './residents.ts';
import type { RouteMatch } from './router/route-match.ts';

/** Longest time to the head of an answer where a route says nothing (field practice: 10 to 30 s). */
const DEFAULT_DEADLINE_MS = 10_000;
const NO_BODY_BYTES = 0;
/** A screen takes no body, its GraphQL a document and variables. */
const BFF_BODY_BYTES = 256 * 1024;

export interface Mount {
  readonly match: RouteMatch;
  readonly kind: 'proxy' | 'graph' | 'bff' | 'fixed' | 'health';
  /** `undefined`: whatever schemes are configured. */
  readonly auth: RouteAuthConfig | undefined;
  readonly scopes: readonly string[];
  /** `undefined`: the limit of the caller's plan. */
  readonly limit: RouteLimitConfig | undefined;
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  readonly handler: Handler;
  /** Where the configuration speaks of it, for messages. */
  readonly source: string;
}

export interface MountParts {
  readonly config: Config;
  /** Where packages and relative paths are looked for: the configuration file's folder. */
  readonly folder: string;
  readonly callUpstream: CallUpstream;
  readonly upstreams: ReadonlySet<string>;
  readonly graph: Graph | undefined;
  readonly readiness: Readiness;
  readonly residents: Residents;
}

export interface Mounts {
  readonly list: readonly Mount[];
  /** What must be ended with the snapshot. */
  readonly bffs: readonly MountedBff[];
}

/** Rejects with a `BffError` where a BFF does not fit. */
export async function gatherMounts(parts: MountParts): Promise<Mounts> {
  const bffs: MountedBff[] = [];
  try {
    for (const entry of parts.config.bffs) bffs.push(await mounted(entry, parts));
  } catch (error) {
    await Promise.all(bffs.map((bff) => bff.dispose()));
    throw error;
  }
  return {
    list: [
      ...healthMounts(parts.readiness),
      ...graphMounts(parts),
      ...bffs.flatMap((bff, i) => bffMounts(bff, parts.config.bffs[i], i)),
      ...parts.config.routes.map((route, i) => routeMount(route, i, parts)),
    ],
    bffs,
  };
}

function healthMounts(readiness: Readiness): Mount[] {
  const handler = healthHandler(readiness);
  return ['/healthz', '/readyz'].map((path) => ({
    match: { path, methods: ['GET'] },
    kind: 'health',
    auth: ['anonymous'],
    scopes: [],
    limit: 'unlimited',
    deadlineMs: DEFAULT_DEADLINE_MS,
    maxBodyBytes: NO_BODY_BYTES,
    handler,
    source: `built in: ${path}`,
  }));
}

function graphMounts({ config, graph }: MountParts): Mount[] {
  if (!config.graph || !graph) return [];
  const { path, auth, scopes, limit, deadline } = config.graph;
  return [
    {
      match: { path },
      kind: 'graph',
      auth,
      scopes,
      limit,
      deadlineMs: deadline ?? DEFAULT_DEADLINE_MS,
      maxBodyBytes: config.graph.maxBody,
      handler: graphAnswers(config.graph, graph),
      source: 'graph',
    },
  ];
}

function graphAnswers(config: NonNullable<Config['graph']>, graph: Graph): Handler {
  return graphHandler({ graph, maxBodyBytes: config.maxBody, forward: config.headers.forward });
}

async function mounted(entry: Config['bffs'][number], parts: MountParts): Promise<MountedBff> {
  const { folder, graph, callUpstream, upstreams, residents } = parts;
  const { clock, logger, metrics } = residents;
  return mountBff(await loadBff(entry.package, folder), {
    mount: entry.mount,
    callUpstream,
    graph: graph && ((request) => graph.executeObject(request)),
    clock,
    upstreams,
    introspection: parts.config.graph?.introspection ?? false,
    logger,
    meter: metrics,
  });
}

function bffMounts(bff: MountedBff, entry: Config['bffs'][number] | undefined, i: number): Mount[] {
  return bff.routes.map((route) => ({
    match: { path: route.path, methods: route.methods },
    kind: route.kind,
    auth: entry?.auth,
    scopes: [...(entry?.scopes ?? []), ...route.scopes],
    limit: entry?.limit,
    deadlineMs: Math.min(entry?.deadline ?? Number.POSITIVE_INFINITY, route.deadlineMs),
    maxBodyBytes: BFF_BODY_BYTES,
    handler: route.handler,
    source: `bffs[${i}], ${bff.name}`,
  }));
}

function routeMount(route: Config['routes'][number], i: number, parts: MountParts): Mount {
  const { match, auth, scopes, limit, deadline, request } = route;
  return {
    match,
    auth,
    scopes,
    limit,
    deadlineMs: deadline ?? DEFAULT_DEADLINE_MS,
    maxBodyBytes: request.maxBody,
    source: `routes[${i}]`,
    ...answers(route, parts),
  };
}

function answers(
  { to, match, response }: Config['routes'][number],
  { config, graph, callUpstream }: MountParts,
): Pick<Mount, 'kind' | 'handler'> {
  if ('fixed' in to) return { kind: 'fixed', handler: fixedHandler(to.fixed) };
  if ('graph' in to) {
    // `config/references.ts` has refused such a route where there is no graph.
    if (!config.graph || !graph) throw new TypeError('a route to the graph, and no graph');
    return { kind: 'graph', handler: graphAnswers(config.graph, graph) };
  }
  const handler = proxyHandler({
    callUpstream,
    upstream: to.upstream,
    template: typeof match.path === 'string' ? match.path : `~${match.path.regex}`,
    strip: response.strip,
    ...(to.rewrite === undefined ? {} : { rewrite: to.rewrite }),
  });
  return { kind: 'proxy', handler };
}
