/** `frontdesk match METHOD URL`: which route takes a request, and what speaks for and against each. */
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { PlannedMount } from '../mounts/mount-plan.ts';
import { type ListedRoute, listed, listMounts } from '../mounts/route-listing.ts';
import { matchRequest } from '../router/match-request.ts';
import type { RoutableRequest } from '../router/request-view.ts';
import { compileRoutes, type RouteResult, type RouteVerdict, routeText } from '../router/route-table.ts';
import { compileRouting } from '../router/routing.ts';
import { bffLoader } from './bff-package.ts';
import { callerOf } from './caller.ts';
import { readConfiguration } from './configuration.ts';
import { authorizationLines, type ToldAuthorization, tellAuthorization } from './match-authorization.ts';
import { splitLines, type ToldSplit, tellSplit } from './match-split.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Terminal } from './terminal.ts';

export interface MatchOptions {
  readonly config: string;
  readonly header?: readonly string[];
  readonly json?: boolean;
  /** Whether routes for other hosts and paths are told too; JSON always has them. */
  readonly all?: boolean;
  /** Who asks: a consumer; for splits that stick to their callers a subject, tenant or address too. */
  readonly as?: string;
  /** A file with a JWT whose claims the caller has; it is not verified. */
  readonly token?: string;
  /** The same claims as JSON. */
  readonly claims?: string;
  /** The client's address. Default: 127.0.0.1. */
  readonly address?: string;
  /** Whether decision points are asked. */
  readonly ask?: boolean;
}

/** What a request meets: the answer of the table, and every route in the order in which it is asked. */
interface Decision {
  readonly request: RoutableRequest;
  readonly result: RouteResult<ListedRoute>;
  readonly verdicts: readonly RouteVerdict<ListedRoute>[];
  readonly split: ToldSplit | undefined;
  /** Where it was asked for somebody. */
  readonly authorization: ToldAuthorization | undefined;
}

export async function match(
  method: string,
  url: string,
  options: MatchOptions,
  terminal: Terminal,
): Promise<number> {
  let request: RoutableRequest | string;
  try {
    request = matchRequest(method, url, options.header ?? []);
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
  if (typeof request === 'string') {
    terminal.err(`${request}\n`);
    return EXIT_USAGE;
  }
  const config = readConfiguration(options.config, terminal);
  if (!config) return EXIT_FAILED;
  try {
    const mounts = await listMounts(config, bffLoader(dirname(resolve(options.config)), terminal));
    const specs = mounts.map((mount) => listed(mount, config));
    const routes = compileRoutes(specs, compileRouting(config.routing));
    const result = routes.match(request);
    const upstream = result.kind === 'found' ? result.value.upstream : undefined;
    const split = tellSplit(config, upstream, request, options.as, Date.now());
    const mount =
      result.kind === 'found' ? mounts[specs.findIndex(({ value }) => value === result.value)] : undefined;
    const authorization = await authorizationOf(config, mount, request, result, options);
    const decision = { request, result, verdicts: routes.explain(request), split, authorization };
    const told = options.json
      ? JSON.stringify(jsonOf(decision), undefined, 2)
      : [...answerLines(decision), ...otherLines(decision, options.all === true)].join('\n');
    terminal.out(`${told}\n`);
    return decision.result.kind === 'found' ? EXIT_OK : EXIT_FAILED;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

function authorizationOf(
  config: Config,
  mount: PlannedMount | undefined,
  request: RoutableRequest,
  result: RouteResult<ListedRoute>,
  options: MatchOptions,
): Promise<ToldAuthorization> | undefined {
  const { as, token, claims, address = '127.0.0.1', ask = false } = options;
  if (!mount || result.kind !== 'found' || (as ?? token ?? claims) === undefined) return undefined;
  const { params, tenant } = result;
  const { method, host, path, query, headers } = request;
  const asked = { method, host, path, query, headers, address };
  const identity = callerOf(config, options);
  return tellAuthorization({
    config,
    mount,
    identity,
    tenant,
    request: asked,
    params,
    ask,
    wall: Date.now(),
  });
}

function answerLines({ request, result, verdicts, split, authorization }: Decision): string[] {
  const asked = `${request.method} ${request.path}`;
  const lines: string[] = [];
  if (result.kind === 'found') {
    const { value, template, params } = result;
    lines.push(`${asked} goes to ${template}: ${value.kind}, ${value.target}`);
    for (const [key, text] of Object.entries(params)) lines.push(`  ${key} = ${text}`);
    if (result.tenant !== undefined)
      lines.push(`  tenant ${result.tenant}, if the identity is of it: 403 otherwise`);
    lines.push(`  auth: ${value.auth}; scopes: ${value.scopes.join(' ') || 'none'}; limit: ${value.limit}`);
    for (const limit of value.limits) lines.push(`  limit of ${limit}`);
    if (split) lines.push(...splitLines(split));
    if (authorization) lines.push(...authorizationLines(authorization));
    const taken = verdicts.find(({ against }) => against === undefined);
    if (taken && taken.checks.length > 1) {
      lines.push(`  because ${taken.checks.map(({ says }) => says).join(', ')}`);
    }
  } else if (result.kind === 'method_not_allowed')
    lines.push(`${asked} is answered 405, Allow: ${result.allow}`);
  else lines.push(`${asked} is answered 404`);
  return lines;
}

/** The routes that do not take it: those for its host and path, and how many others there are, or all of them. */
function otherLines({ verdicts }: Decision, all: boolean): string[] {
  const others = verdicts.filter(({ against }) => against !== undefined);
  const told = all ? others : others.filter((verdict) => elsewhere(verdict) === undefined);
  const lines = told.length > 0 ? ['', 'Not:', ...told.flatMap(againstLines)] : [];
  const rest = others.length - told.length;
  if (rest > 0) {
    const which = rest === 1 ? 'route is for another host or path' : 'routes are for other hosts or paths';
    lines.push('', `${rest} ${told.length > 0 ? 'more ' : ''}${which} (--all tells them)`);
  }
  return lines;
}

/**
 * One line on what stands against a route: of one for other hosts or paths that alone. For one with conditions a line more
 * on what speaks for it.
 */
function againstLines(verdict: RouteVerdict<ListedRoute>): string[] {
  const { route, against, checks } = verdict;
  const methods = route.methods.join(',') || 'any';
  const priority = route.priority === 0 ? '' : ` (priority ${route.priority})`;
  const head = `  ${methods} ${route.hosts.join(',')}${route.template}${priority}`;
  const failed = checks.filter(({ holds }) => !holds);
  const other = elsewhere(verdict);
  if (other !== undefined) return [`${head}: ${other}`];
  const line = `${head}: ${failed.length > 0 ? failed.map(({ says }) => says).join('; ') : against}`;
  if (route.conditions.length === 0) return [line];
  const held = checks.filter(({ holds }) => holds).map(({ says }) => says);
  return [line, `    although ${held.join(', ')}`];
}

/** What makes it a route for another host or path; `undefined` for one that fits these. */
function elsewhere({ checks }: RouteVerdict<ListedRoute>): string | undefined {
  return checks.find(({ about, holds }) => !holds && (about === 'host' || about === 'path'))?.says;
}

function jsonOf({ request, result, verdicts, split, authorization }: Decision): unknown {
  const { method, host, path, query } = request;
  const found =
    result.kind === 'found' ? { params: result.params, tenant: result.tenant, ...result.value } : {};
  return {
    request: { method, host, path, query },
    result: result.kind,
    ...(result.kind === 'found' ? { template: result.template } : {}),
    ...(result.kind === 'method_not_allowed' ? { allow: result.allow } : {}),
    ...found,
    split,
    authorization,
    routes: verdicts.map(({ route, against, checks }) => ({
      route: routeText(route),
      source: route.source,
      taken: against === undefined,
      ...(against === undefined ? {} : { against }),
      checks,
    })),
  };
}
