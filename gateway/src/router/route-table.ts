/**
 * The route table: which route takes a request. Compiled once from the configuration, then only read.
 * Two routes that would take the same requests with equal right are an error, never a coin toss.
 */
import { hostName, hostRank } from './host-pattern.ts';
import type { LinearRegex } from './linear-regex.ts';
import { matchablePath, pathRest, slashedPath } from './path-pattern.ts';
import { PathTable } from './path-table.ts';
import { RequestView, type RoutableRequest } from './request-view.ts';
import {
  compareRoutes,
  compileRoute,
  isRegex,
  type Route,
  type RouteSpec,
  takesMethod,
  takesPath,
  takingHost,
} from './route.ts';
import { conditionsText } from './route-conditions.ts';
import { NO_ROUTING, type Routing } from './routing.ts';
import { Search } from './search.ts';

export type { Route, RouteSpec } from './route.ts';

export type RouteResult<T> =
  | {
      readonly kind: 'found';
      readonly value: T;
      readonly template: string;
      /**
       * `:name` parameters, percent-encoded as in the path, without parameters of their segments. `*` is what stands
       * behind a prefix, as it came, without a slash before it; it is missing where the path is the prefix itself. Of a
       * regular expression, what its named groups matched.
       */
      readonly params: Readonly<Record<string, string>>;
      /** The tenant for which the client says that it speaks, where the route is matched on one. */
      readonly tenant: string | undefined;
    }
  /** The path has routes, the method has none. `allow` is the value of `Allow` (RFC 9110 §10.2.1). */
  | { readonly kind: 'method_not_allowed'; readonly allow: string }
  | { readonly kind: 'not_found' };

/** Whether one thing holds of a request, in words. */
export interface RouteCheck {
  readonly about: 'host' | 'path' | 'method' | 'condition';
  readonly holds: boolean;
  /** `header x-beta is "on"`, or `header x-beta is "off", not "on"`. */
  readonly says: string;
}

export interface RouteVerdict<T> {
  readonly route: Route<T>;
  /** `undefined` for the one that takes the request. */
  readonly against: string | undefined;
  /** Host, path, method and each condition. */
  readonly checks: readonly RouteCheck[];
}

export interface RouteTable<T> {
  /** Host and path of the request are in canonical form; a port and parameters of segments take no part. */
  match(request: RoutableRequest): RouteResult<T>;
  /** Every route in the order in which this request asks them, with what speaks for and against it. */
  explain(request: RoutableRequest): RouteVerdict<T>[];
  /** Every route in order of precedence. */
  list(): readonly Route<T>[];
}

/** Two routes that can never be told apart. */
export interface RouteConflict {
  readonly message: string;
  readonly sources: readonly [first: string, second: string];
  /** Their places among the routes of the table. */
  readonly orders: readonly [first: number, second: number];
  /** Both in words. */
  readonly texts: readonly [first: string, second: string];
}

export class RouteConflictError extends Error {
  override readonly name = 'RouteConflictError';
  readonly conflicts: readonly RouteConflict[];

  constructor(conflicts: readonly RouteConflict[]) {
    super(conflicts.map((conflict) => conflict.message).join('\n'));
    this.conflicts = conflicts;
  }
}

/**
 * `routing` reads what routes may be matched on beside the request's own text: without it, no version and no tenant.
 * @throws RouteConflictError with every conflict there is.
 */
export function compileRoutes<T>(
  specs: readonly RouteSpec<T>[],
  routing: Routing = NO_ROUTING,
): RouteTable<T> {
  return new CompiledTable(specs.map((spec, order) => compileRoute(spec, order, routing)));
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));
/** Objects made from it have no inherited names and, unlike ones made from null, a shape that V8 knows. */
const PARAMS_PROTOTYPE: object = NO_PARAMS;

class CompiledTable<T> implements RouteTable<T> {
  readonly #routes: readonly Route<T>[];
  readonly #anyHost = new PathTable<T>();
  readonly #exactHosts = new Map<string, PathTable<T>>();
  /** By what follows the `*`: `.example.com`. */
  readonly #wildcardHosts = new Map<string, PathTable<T>>();

  constructor(routes: readonly Route<T>[]) {
    const conflicts = new Map<string, RouteConflict>();
    for (const route of routes) {
      for (const table of this.#tablesFor(route)) {
        const other = table.add(route);
        if (other) conflicts.set(`${other.order} ${route.order}`, conflictOf(other, route));
      }
    }
    if (conflicts.size > 0) throw new RouteConflictError([...conflicts.values()]);
    for (const table of [this.#anyHost, ...this.#exactHosts.values(), ...this.#wildcardHosts.values()])
      table.seal();
    this.#routes = routes.toSorted((a, b) => compareRoutes(a, bestHost(a), b, bestHost(b)));
  }

  match(request: RoutableRequest): RouteResult<T> {
    const search = new Search<T>(request);
    const route = this.#find(hostName(request.host), search);
    if (route) {
      return {
        kind: 'found',
        value: route.value,
        template: route.template,
        params: paramsOf(route, search),
        tenant: route.tenant?.read(search.view),
      };
    }
    return search.allowed
      ? { kind: 'method_not_allowed', allow: allowOf(search.allowed) }
      : { kind: 'not_found' };
  }

  explain(request: RoutableRequest): RouteVerdict<T>[] {
    const name = hostName(request.host);
    const hostFor = (route: Route<T>): string | undefined => takingHost(route, name) || undefined;
    let taken: Route<T> | undefined;
    return this.#routes
      .toSorted((a, b) => compareRoutes(a, hostFor(a), b, hostFor(b), request.method))
      .map((route) => {
        const checks = checksOf(route, request);
        const failed = checks.find(({ holds }) => !holds)?.says;
        const against = failed ?? (taken && `${routeText(taken)} comes first`);
        if (against === undefined) taken = route;
        return { route, against, checks };
      });
  }

  list(): readonly Route<T>[] {
    return this.#routes;
  }

  #find(name: string, search: Search<T>): Route<T> | undefined {
    let route = this.#exactHosts.get(name)?.find(search);
    if (route) return route;
    if (this.#wildcardHosts.size > 0) {
      for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        route = dot > 0 ? this.#wildcardHosts.get(name.slice(dot))?.find(search) : undefined;
        if (route) return route;
      }
    }
    return this.#anyHost.find(search);
  }

  #tablesFor(route: Route<T>): PathTable<T>[] {
    if (route.hosts.length === 0) return [this.#anyHost];
    return route.hosts.map((host) =>
      host.startsWith('*.') ? tableOf(this.#wildcardHosts, host.slice(1)) : tableOf(this.#exactHosts, host),
    );
  }
}

function tableOf<T>(tables: Map<string, PathTable<T>>, key: string): PathTable<T> {
  let table = tables.get(key);
  if (!table) {
    table = new PathTable();
    tables.set(key, table);
  }
  return table;
}

function paramsOf<T>(route: Route<T>, search: Search<T>): Readonly<Record<string, string>> {
  if (isRegex(route.path)) return capturesOf(route.path, search) ?? NO_PARAMS;
  const { params: names, isPrefix, segments } = route.path;
  if (names.length === 0 && !isPrefix) return NO_PARAMS;
  const params: Record<string, string> = Object.create(PARAMS_PROTOTYPE);
  for (const { name, index } of names) params[name] = search.segments[index] ?? '';
  if (isPrefix) {
    const rest = pathRest(search.request.path, segments.length);
    if (rest !== undefined) params['*'] = rest;
  }
  return params;
}

function capturesOf<T>(
  path: LinearRegex,
  { path: plain, slashed }: Search<T>,
): Readonly<Record<string, string>> | undefined {
  return path.captures(plain) ?? (slashed === undefined ? undefined : path.captures(slashed));
}

function allowOf(methods: ReadonlySet<string>): string {
  const allowed = new Set(methods).add('OPTIONS');
  if (allowed.has('GET')) allowed.add('HEAD');
  return [...allowed].sort().join(', ');
}

function bestHost<T>(route: Route<T>): string | undefined {
  return route.hosts.toSorted((a, b) => hostRank(b) - hostRank(a))[0];
}

/** Everything that must hold for the route to take the request: the plain statement of what the tables do faster. */
function checksOf<T>(route: Route<T>, request: RoutableRequest): RouteCheck[] {
  const name = hostName(request.host);
  const path = matchablePath(request.path);
  const view = new RequestView(request, path);
  const check = (about: RouteCheck['about'], holds: boolean, found: string, wanted: string): RouteCheck => ({
    about,
    holds,
    says: holds ? `${found} is ${wanted}` : `${found} is not ${wanted}`,
  });
  const checks: RouteCheck[] = [];
  if (route.hosts.length > 0) {
    const isTaken = takingHost(route, name) !== false;
    checks.push(check('host', isTaken, `host ${name || '(none)'}`, route.hosts.join(' or ')));
  }
  checks.push(
    check('path', takesPath(route, path, slashedPath(request.path)), `path ${path}`, route.template),
  );
  if (route.methods.length > 0) {
    const isTaken = takesMethod(route, request.method);
    checks.push(check('method', isTaken, `method ${request.method}`, route.methods.join(' or ')));
  }
  for (const { subject, test, read } of route.conditions) {
    const value = read(view);
    const holds = test.passes(value);
    checks.push({
      about: 'condition',
      holds,
      says: holds
        ? `${subject} ${test.says}`
        : `${subject} ${foundText(value)}, but the route asks that it ${test.says}`,
    });
  }
  return checks;
}

const LONGEST_SHOWN = 80;

function foundText(value: string | undefined): string {
  if (value === undefined) return 'is not there';
  return `is "${value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value}"`;
}

/** A route in one line: methods, hosts and path, and what else tells it apart. */
export function routeText<T>({ methods, hosts, template, conditions, priority }: Route<T>): string {
  const where = [methods.join('|'), hosts.join('|'), template].filter(Boolean).join(' ');
  const more = [conditionsText(conditions), priority === 0 ? '' : `priority ${priority}`].filter(Boolean);
  return more.length === 0 ? where : `${where} where ${more.join(', ')}`;
}

function conflictOf<T>(first: Route<T>, second: Route<T>): RouteConflict {
  const shown = (route: Route<T>): string => `${routeText(route)} (${route.source})`;
  return {
    message: `two routes take the same requests: ${shown(first)} and ${shown(second)}`,
    sources: [first.source, second.source],
    orders: [first.order, second.order],
    texts: [routeText(first), routeText(second)],
  };
}
