/** One compiled route, and the order of precedence among routes. */
import { hostMatches, hostRank, parseHostPattern } from './host-pattern.ts';
import { compileRegex, type LinearRegex } from './linear-regex.ts';
import { type PathPattern, parsePathPattern } from './path-pattern.ts';
import { compileConditions, conditionsKey } from './route-conditions.ts';
import type { RouteMatch } from './route-match.ts';
import type { Condition, Routing } from './routing.ts';

export interface RouteSpec<T> {
  readonly match: RouteMatch;
  /** What the table gives back for a request that the route takes. */
  readonly value: T;
  /** Where it is written, for messages: `frontdesk.yaml:12:5`. */
  readonly source?: string | undefined;
}

export interface Route<T> {
  readonly value: T;
  readonly source: string;
  /** The label of logs and metrics: its path as configured, in canonical form. */
  readonly template: string;
  readonly path: PathPattern | LinearRegex;
  /** Patterns; empty for any host. */
  readonly hosts: readonly string[];
  /** Empty for any method. */
  readonly methods: readonly string[];
  /** Asked before routes of its path with a lower one; 0 where none is configured. */
  readonly priority: number;
  /** What must hold beside host, path and method; all of them. */
  readonly conditions: readonly Condition[];
  /** The one by which the client says for which tenant it speaks. */
  readonly tenant: Condition | undefined;
  /** Equal for routes whose conditions hold for the same requests. */
  readonly conditionsKey: string;
  /** Its place in the configuration. */
  readonly order: number;
}

/**
 * @throws PathPatternError, RegexError or, for a bad host and what `routing` does not know, RangeError: the
 * configuration's fragment says it nicer.
 */
export function compileRoute<T>(spec: RouteSpec<T>, order: number, routing: Routing): Route<T> {
  const { path, hosts = [], methods = [], priority = 0 } = spec.match;
  const compiled = typeof path === 'string' ? parsePathPattern(path) : compileRegex(path.regex);
  const template = isRegex(compiled) ? `~${compiled.source}` : compiled.template;
  const conditions = compileConditions(spec.match, routing, isRegex(compiled) ? undefined : compiled);
  return {
    value: spec.value,
    source: spec.source ?? template,
    template,
    path: compiled,
    hosts: [...new Set(hosts.map(hostPattern))],
    methods: [...new Set(methods)],
    priority,
    conditions,
    tenant: conditions.find(({ subject }) => subject === 'tenant'),
    conditionsKey: conditionsKey(conditions),
    order,
  };
}

function hostPattern(text: string): string {
  const host = parseHostPattern(text);
  if (host === undefined) throw new RangeError(`${text} is no host name`);
  return host;
}

export function isRegex(path: PathPattern | LinearRegex): path is LinearRegex {
  return 'test' in path;
}

/**
 * Negative where `a` is asked before `b` by a request that both take, seen from hosts `hostA` and `hostB` of theirs:
 * host (exact, longer wildcard, any), then exact before prefix before regular expression, then longer prefix (or
 * literal start) first, then a literal segment before a parameter from the left; and what is still alike by
 * `compareWithinPath`.
 */
export function compareRoutes<T>(
  a: Route<T>,
  hostA: string | undefined,
  b: Route<T>,
  hostB: string | undefined,
  method?: string,
): number {
  return (
    hostRank(hostB) - hostRank(hostA) ||
    kindRank(a.path) - kindRank(b.path) ||
    comparePaths(a.path, b.path) ||
    compareWithinPath(a, b, method)
  );
}

/**
 * Routes whose paths have equal rank: higher priority first, then more conditions, then listed methods before any (for
 * HEAD, who lists it before who takes it with GET), then the order of the configuration.
 */
export function compareWithinPath<T>(a: Route<T>, b: Route<T>, method?: string): number {
  return (
    b.priority - a.priority ||
    b.conditions.length - a.conditions.length ||
    methodRank(a, method) - methodRank(b, method) ||
    a.order - b.order
  );
}

function methodRank<T>({ methods }: Route<T>, method: string | undefined): number {
  if (methods.length === 0) return 2;
  return method === 'HEAD' && !methods.includes('HEAD') ? 1 : 0;
}

function kindRank(path: PathPattern | LinearRegex): number {
  if (isRegex(path)) return 2;
  return path.isPrefix ? 1 : 0;
}

function comparePaths(a: PathPattern | LinearRegex, b: PathPattern | LinearRegex): number {
  if (isRegex(a) || isRegex(b)) {
    return isRegex(a) && isRegex(b) ? b.literalPrefix.length - a.literalPrefix.length : 0;
  }
  if (a.segments.length !== b.segments.length) return b.segments.length - a.segments.length;
  for (let i = 0; i < a.segments.length; i += 1) {
    const difference = Number(a.segments[i] === undefined) - Number(b.segments[i] === undefined);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The most particular of the route's hosts that takes `name`; `undefined` for a route of any host, `false` for none. */
export function takingHost<T>(route: Route<T>, name: string): string | undefined | false {
  if (route.hosts.length === 0) return undefined;
  let best: string | false = false;
  for (const host of route.hosts) {
    if (hostMatches(host, name) && (best === false || hostRank(host) > hostRank(best))) best = host;
  }
  return best;
}

/**
 * Whether the route's path takes `path`, which is in matchable form: the plain statement of what the trie does faster.
 * `slashed`: the same with the slash at its end, where it had one.
 */
export function takesPath<T>(route: Route<T>, path: string, slashed?: string): boolean {
  if (isRegex(route.path)) {
    return route.path.test(path) || (slashed !== undefined && route.path.test(slashed));
  }
  const { segments, isPrefix } = route.path;
  const parts = path === '/' ? [] : path.slice(1).split('/');
  if (isPrefix ? parts.length < segments.length : parts.length !== segments.length) return false;
  return segments.every((segment, i) => segment === undefined || segment === parts[i]);
}

export function takesMethod<T>(route: Route<T>, method: string): boolean {
  const { methods } = route;
  return methods.length === 0 || methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}
