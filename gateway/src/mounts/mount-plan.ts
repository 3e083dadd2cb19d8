/**
 * Everything that a configuration answers, as one list, before any of it is built: health, the graph, the BFFs'
 * screens, the configured routes, each with what it takes and who may ask. The gateway makes chains of it, and the
 * command line prints it, so that what is printed is what is served.
 */
import { configuredSchemes } from '../auth/authenticator.ts';
import { allOf, join, NOTHING_REQUIRED, type RequiredGrants } from '../auth/grants.ts';
import { anyOf, NOBODY_ASKED, type RouteAuth } from '../auth/route-auth.ts';
import type { SessionEndpoint } from '../auth/session/session-endpoint.ts';
import type { BffOperations } from '../bff/definition.ts';
import { bffUpstream } from '../bffs-apart/bffs-apart.ts';
import { type BffConfig, runsApart } from '../config/bff.ts';
import { identityTokensOf } from '../config/identity-tokens.ts';
import { placeOf } from '../config/places.ts';
import type { GuardsConfig } from '../config/route.ts';
import type { Config } from '../config/schema.ts';
import type { PriorityName } from '../core/priority.ts';
import { OPENAPI_PATH } from '../handlers/bff/openapi/openapi-config.ts';
import { bffRoutes } from '../handlers/bff/routes.ts';
import { filesPattern } from '../handlers/graphiql/graphiql.ts';
import type { RouteLimitConfig } from '../limits/plans/plans.ts';
import type { RouteMatch } from '../router/route-match.ts';
import type { ValidateConfig } from '../validation/config.ts';
import { type TargetedOperation, targetedOperation, underOperation } from './bff-targets.ts';
import { type OperationRoute, operationRoutes } from './graph-operations.ts';

/** Longest time to the head of an answer where a route says nothing. */
const DEFAULT_DEADLINE_MS = 10_000;
const NO_BODY_BYTES = 0;
/** A form with a logout token. */
const SESSION_BODY_BYTES = 32 * 1024;
/** A screen takes no body, its GraphQL a document and variables. */
const BFF_BODY_BYTES = 256 * 1024;

type RouteConfig = Config['routes'][number];
type Target = RouteConfig['to'];

/** What answers. */
export type Answer =
  | { readonly kind: 'health' }
  | { readonly kind: 'graph' }
  /** The files of the page that browsers get at the graph's path. */
  | { readonly kind: 'graphiql' }
  /** The public keys of identity tokens. */
  | { readonly kind: 'jwks' }
  /** What browsers need to log in and out. */
  | { readonly kind: 'session'; readonly endpoint: SessionEndpoint }
  /** A named operation of the graph, or the document of all of them. */
  | { readonly kind: 'operation'; readonly name: string | undefined }
  /** One path of the BFF at this place of `bffs`. */
  | {
      readonly kind: 'bff';
      readonly index: number;
      readonly path: string;
      readonly field: string | undefined;
    }
  | {
      readonly kind: 'proxy';
      readonly to: Extract<Target, { upstream: string }>;
      readonly strip: readonly string[];
      readonly timeoutMs: number | undefined;
    }
  | {
      readonly kind: 'exchange';
      readonly to: Extract<Target, { exchange: object }>;
      readonly strip: readonly string[];
    }
  | {
      readonly kind: 'transcode';
      readonly to: Extract<Target, { transcode: object }>;
      readonly strip: readonly string[];
      readonly timeoutMs: number | undefined;
    }
  | {
      readonly kind: 'aggregate';
      readonly to: Extract<Target, { aggregate: object }>;
      readonly strip: readonly string[];
      readonly timeoutMs: number | undefined;
    }
  | { readonly kind: 'redirect'; readonly to: Extract<Target, { redirect: object }> }
  | { readonly kind: 'fixed'; readonly to: Extract<Target, { fixed: object }> };

export interface PlannedMount {
  readonly match: RouteMatch;
  /** Who may ask. */
  readonly auth: RouteAuth;
  /** Scopes and roles that the caller must have. */
  readonly grants: RequiredGrants;
  /** Policies by name. */
  readonly policies: readonly string[];
  /** `undefined`: the limit of the caller's plan. */
  readonly limit: RouteLimitConfig | undefined;
  readonly deadlineMs: number;
  /** `undefined`: as the caller's plan says. */
  readonly priority?: PriorityName | undefined;
  readonly maxBodyBytes: number;
  /** What the configuration says of who may ask and how: `undefined` for what is built in. */
  readonly guards?: GuardsConfig | undefined;
  readonly answer: Answer;
  /** What is changed of requests and replies. */
  readonly rules?: Pick<RouteConfig, 'request' | 'response'>;
  /** To what its requests and replies are held. */
  readonly validate?: ValidateConfig | undefined;
  /** What is tried again, where it differs from the upstream's own. */
  readonly retry?: RouteConfig['retry'];
  /** Whether browsers get a page here, without being asked who they are. */
  readonly hasPage?: boolean;
  /** Its place in `bffs`, where it is a BFF's. */
  readonly bff?: number;
  /** Where the configuration speaks of it, for messages. */
  readonly source: string;
}

/** `bffs` in the order of the configuration; `undefined` for those that run apart. */
export function planMounts(config: Config, bffs: readonly (BffOperations | undefined)[]): PlannedMount[] {
  return [
    ...healthMounts(),
    ...sessionMounts(config.auth.session),
    ...keyMounts(config),
    ...graphMounts(config),
    ...bffs.flatMap((bff, index) => bffMounts(config, bff, index)),
    ...config.routes.flatMap((route, index) => routeMounts(config, route, index, bffs)),
  ];
}

/** A path's template, as logs, metrics and messages show it. */
export function templateOf({ path }: RouteMatch): string {
  return typeof path === 'string' ? path : `~${path.regex}`;
}

/** The one upstream that an answer comes from, where there is one. */
export function upstreamOf(answer: Answer): string | undefined {
  switch (answer.kind) {
    case 'proxy':
      return answer.to.upstream;
    case 'exchange':
      return answer.to.exchange.upstream;
    case 'transcode':
      return answer.to.transcode.upstream;
    default:
      return undefined;
  }
}

/** Where the gateway tells of itself. */
export const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];

function healthMounts(): PlannedMount[] {
  return HEALTH_PATHS.map((path) => ({ ...openTo(path, 'health'), source: `built in: ${path}` }));
}

/** A GET without a body that anybody may send, as often as they like. */
function openTo(path: string, kind: 'health' | 'graphiql' | 'jwks'): Omit<PlannedMount, 'source'> {
  return {
    match: { path, methods: ['GET'] },
    auth: NOBODY_ASKED,
    grants: NOTHING_REQUIRED,
    policies: [],
    limit: 'unlimited',
    deadlineMs: DEFAULT_DEADLINE_MS,
    maxBodyBytes: NO_BODY_BYTES,
    answer: { kind },
  };
}

/** For backends, which need not prove who they are. */
function keyMounts(config: Config): PlannedMount[] {
  const path = identityTokensOf(config)?.publish ?? false;
  return path === false ? [] : [{ ...openTo(path, 'jwks'), source: 'auth.identityTokens' }];
}

/** Everybody may log in; who somebody is, only the session itself is told. */
function sessionMounts(config: Config['auth']['session']): PlannedMount[] {
  if (!config) return [];
  const mount = (
    endpoint: SessionEndpoint,
    method: string,
    more: Partial<PlannedMount> = {},
  ): PlannedMount => ({
    ...openTo(`${config.path}/${endpoint}`, 'health'),
    match: { path: `${config.path}/${endpoint}`, methods: [method] },
    answer: { kind: 'session', endpoint },
    source: 'auth.session',
    ...more,
  });
  const mounts = [
    mount('login', 'GET'),
    mount('callback', 'GET'),
    mount('logout', 'POST', { maxBodyBytes: SESSION_BODY_BYTES }),
    mount('session', 'GET', { auth: anyOf(['session']) }),
  ];
  if (config.backChannelLogout)
    mounts.push(mount('backchannel-logout', 'POST', { maxBodyBytes: SESSION_BODY_BYTES }));
  return mounts;
}

function graphMounts(config: Config): PlannedMount[] {
  const { graph } = config;
  if (!graph) return [];
  return [
    {
      ...guardsOf(config, graph),
      match: { path: graph.path },
      maxBodyBytes: graph.maxBody,
      answer: { kind: 'graph' },
      hasPage: graph.graphiql,
      source: 'graph',
    },
    ...(graph.graphiql
      ? [{ ...openTo(filesPattern(graph.path), 'graphiql'), source: 'graph.graphiql' }]
      : []),
    ...operationRoutes(graph).map((route) => operationMount(route, graph.maxBody, guardsOf(config, graph))),
  ];
}

function bffMounts(config: Config, bff: BffOperations | undefined, index: number): PlannedMount[] {
  const entry = config.bffs[index];
  if (!entry) return [];
  const guards = guardsOf(config, entry);
  if (runsApart(entry)) return [apartMount(entry, index, guards)];
  if (!bff) return [];
  const { graphiql } = entry.graphql;
  const mounts = bffRoutes(bff, entry.mount).map(
    ({ path, methods, deadlineMs, priority, operation, ...asks }) => ({
      ...guards,
      match: { path, methods },
      grants: { ...guards.grants, scopes: join(guards.grants.scopes, allOf(asks.scopes)) },
      policies: [...guards.policies, ...asks.policies],
      deadlineMs: Math.min(entry.deadline ?? Number.POSITIVE_INFINITY, deadlineMs),
      priority: entry.priority ?? priority,
      maxBodyBytes: BFF_BODY_BYTES,
      answer: { kind: 'bff', index, path, field: operation?.field } as const,
      hasPage: graphiql && operation === undefined,
      bff: index,
      source: `bffs[${index}]`,
    }),
  );
  const more: PlannedMount[] = [];
  if (graphiql) {
    const files = openTo(filesPattern(`${entry.mount}/graphql`), 'graphiql');
    more.push({ ...files, source: `bffs[${index}].graphql.graphiql` });
  }
  if (entry.openapi.serve) more.push(openapiMount(entry, index, guards));
  return [...mounts, ...more];
}

/** What holds for the graph holds for its named operations; each may ask for more scopes. */
function operationMount(
  { path, methods, scopes, name }: OperationRoute,
  maxBodyBytes: number,
  guards: Guards,
): PlannedMount {
  return {
    ...guards,
    match: { path, methods },
    grants: { ...guards.grants, scopes: join(guards.grants.scopes, allOf(scopes)) },
    maxBodyBytes: name === undefined ? NO_BODY_BYTES : maxBodyBytes,
    answer: { kind: 'operation', name },
    source: name === undefined ? 'graph.operations.openapi' : `graph.operations: ${name}`,
  };
}

/** What it tells of itself: to whoever may use it, or to everybody. */
function openapiMount({ mount, openapi }: BffConfig, index: number, guards: Guards): PlannedMount {
  const path = mount + OPENAPI_PATH;
  return {
    ...(openapi.public ? openTo(path, 'health') : guards),
    match: { path, methods: ['GET', 'HEAD'] },
    maxBodyBytes: NO_BODY_BYTES,
    answer: { kind: 'bff', index, path, field: undefined },
    source: `bffs[${index}].openapi`,
  };
}

/** All paths of a BFF that runs apart: which of them there are its process knows. */
function apartMount(entry: Config['bffs'][number], index: number, guards: Guards): PlannedMount {
  return {
    ...guards,
    match: { path: `${entry.mount}/*` },
    maxBodyBytes: BFF_BODY_BYTES,
    answer: { kind: 'proxy', to: { upstream: bffUpstream(entry) }, strip: [], timeoutMs: undefined },
    bff: index,
    source: `bffs[${index}]`,
  };
}

/** None for a route to a BFF that is not loaded. */
function routeMounts(
  config: Config,
  route: RouteConfig,
  index: number,
  bffs: readonly (BffOperations | undefined)[],
): PlannedMount[] {
  const { to } = route;
  if (!('bff' in to)) return [routeMount(config, route, index, undefined)];
  const target = targetedOperation(route, to, config, bffs);
  return target ? [underOperation(routeMount(config, route, index, target), target, route.deadline)] : [];
}

function routeMount(
  config: Config,
  route: RouteConfig,
  index: number,
  target: TargetedOperation | undefined,
): PlannedMount {
  const { match, request, response, to } = route;
  // An aggregate is a view: whoever wants to send something to one says so.
  const methods = 'aggregate' in to ? (match.methods ?? ['GET', 'HEAD']) : match.methods;
  return {
    ...guardsOf(config, route),
    match: methods === match.methods ? match : { ...match, methods },
    maxBodyBytes: request.maxBody,
    answer: target?.answer ?? answerOf(route),
    rules: { request, response },
    retry: route.retry,
    validate: route.validate,
    source: placeOf(route) ?? `routes[${index}]`,
  };
}

function answerOf({ to, response: { strip }, timeout: timeoutMs }: RouteConfig): Answer {
  if ('bff' in to) throw new TypeError('a route to a BFF, and no operation');
  if ('fixed' in to) return { kind: 'fixed', to };
  if ('redirect' in to) return { kind: 'redirect', to };
  if ('graph' in to) return { kind: 'graph' };
  if ('aggregate' in to) return { kind: 'aggregate', to, strip, timeoutMs };
  if ('exchange' in to) return { kind: 'exchange', to, strip };
  if ('transcode' in to) return { kind: 'transcode', to, strip, timeoutMs };
  return { kind: 'proxy', to, strip, timeoutMs };
}

type Guards = Pick<
  PlannedMount,
  'auth' | 'grants' | 'policies' | 'limit' | 'deadlineMs' | 'priority' | 'guards'
>;

/** Every configured scheme where none is named; nobody is asked where none is configured. */
function guardsOf(config: Config, guards: GuardsConfig): Guards {
  const { auth, scopes, roles, policies, limit, deadline, priority } = guards;
  const configured = configuredSchemes(config.auth);
  return {
    auth: auth ?? (configured.length > 0 ? anyOf(configured) : NOBODY_ASKED),
    grants: { scopes: join([scopes], []), roles: join([roles], []) },
    policies,
    limit,
    deadlineMs: deadline ?? DEFAULT_DEADLINE_MS,
    priority,
    guards,
  };
}
