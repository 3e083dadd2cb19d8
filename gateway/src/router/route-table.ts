/**
 * The route table: which route takes a request. Compiled once from the configuration, then only read.
 * Two routes that would take the same requests with equal right are an error, never a coin toss.
 */
import { hostName, hostRank } from './host-pattern.ts';
import { matchablePath, pathRest } from './path-pattern.ts';
import { PathTable, Search } from './path-table.ts';
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

export type { Route, RouteSpec } from './route.ts';

export type RouteResult<T> =
  | {
      readonly kind: 'found';
      readonly value: T;
      readonly template: string;
      /**
       * `:name` parameters, percent-encoded as in the path, without parameters of their segments. `*` is what stands
       * behind a prefix, as it came, without a slash before it; it is missing where the path is the prefix itself.
       */
      readonly params: Readonly<Record<string, string>>;
    }
  /** The path has routes, the method has none. `allow` is the value of `Allow` (RFC 9110 §10.2.1). */
  | { readonly kind: 'method_not_allowed'; readonly allow: string }
  | { readonly kind: 'not_found' };

export interface RouteVerdict<T> {
  readonly route: Route<T>;
  /** `undefined` for the one that takes the request. */
  readonly against: string | undefined;
}

export interface RouteTable<T> {
  /** `host` and `path` in canonical form; a port and parameters of segments take no part. */
  match(method: string, host: string, path: string): RouteResult<T>;
  /** Every route in the order in which this request asks them, with what speaks against it. */
  explain(method: string, host: string, path: string): RouteVerdict<T>[];
  /** Every route in order of precedence. */
  list(): readonly Route<T>[];
}

/** Two routes that take the same requests. */
export interface RouteConflict {
  readonly message: string;
  readonly sources: readonly [first: string, second: string];
}

export class RouteConflictError extends Error {
  override readonly name = 'RouteConflictError';
  readonly conflicts: readonly RouteConflict[];

  constructor(conflicts: readonly RouteConflict[]) {
    super(conflicts.map((conflict) => conflict.message).join('\n'));
    this.conflicts = conflicts;
  }
}

/** @throws RouteConflictError with every conflict there is. */
export function compileRoutes<T>(specs: readonly RouteSpec<T>[]): RouteTable<T> {
  return new CompiledTable(specs.map(compileRoute));
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

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
    this.#routes = routes.toSorted((a, b) => compareRoutes(a, bestHost(a), b, bestHost(b)));
  }

  match(method: string, host: string, path: string): RouteResult<T> {
    const search = new Search<T>(method, matchablePath(path));
    const route = this.#find(hostName(host), search);
    if (route) {
      return {
        kind: 'found',
        value: route.value,
        template: route.template,
        params: paramsOf(route, search, path),
      };
    }
    return search.allowed
      ? { kind: 'method_not_allowed', allow: allowOf(search.allowed) }
      : { kind: 'not_found' };
  }

  explain(method: string, host: string, path: string): RouteVerdict<T>[] {
    const name = hostName(host);
    const matchable = matchablePath(path);
    const hostFor = (route: Route<T>): string | undefined => takingHost(route, name) || undefined;
    let taken: Route<T> | undefined;
    return this.#routes
      .toSorted((a, b) => compareRoutes(a, hostFor(a), b, hostFor(b)))
      .map((route) => {
        const against =
          speaksAgainst(route, method, name, matchable) ?? (taken && `${taken.template} comes first`);
        if (against === undefined) taken = route;
        return { route, against };
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

function paramsOf<T>(route: Route<T>, search: Search<T>, path: string): Readonly<Record<string, string>> {
  if (isRegex(route.path)) return NO_PARAMS;
  const { params: names, isPrefix, segments } = route.path;
  if (names.length === 0 && !isPrefix) return NO_PARAMS;
  const params: Record<string, string> = Object.create(null);
  for (const { name, index } of names) params[name] = search.segments[index] ?? '';
  if (isPrefix) {
    const rest = pathRest(path, segments.length);
    if (rest !== undefined) params['*'] = rest;
  }
  return params;
}

function allowOf(methods: ReadonlySet<string>): string {
  const allowed = new Set(methods).add('OPTIONS');
  if (allowed.has('GET')) allowed.add('HEAD');
  return [...allowed].sort().join(', ');
}

function bestHost<T>(route: Route<T>): string | undefined {
  return route.hosts.toSorted((a, b) => hostRank(b) - hostRank(a))[0];
}

function speaksAgainst<T>(route: Route<T>, method: string, name: string, path: string): string | undefined {
  if (takingHost(route, name) === false) return `host ${name || '(none)'} is not ${route.hosts.join(' or ')}`;
  if (!takesPath(route, path)) return `path ${path} is not ${route.template}`;
  if (!takesMethod(route, method)) return `method ${method} is not ${route.methods.join(' or ')}`;
  return undefined;
}

function conflictOf<T>(first: Route<T>, second: Route<T>): RouteConflict {
  const shown = (route: Route<T>): string =>
    `${[route.methods.join('|'), route.hosts.join('|'), route.template].filter(Boolean).join(' ')} (${route.source})`;
  return {
    message: `two routes take the same requests: ${shown(first)} and ${shown(second)}`,
    sources: [first.source, second.source],
  };
}
