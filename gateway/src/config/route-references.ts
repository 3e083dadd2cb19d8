/**
 * What routes say of one another and of `routing`: two that can never be told apart, one that is never asked, client
 * types, versions and tenants that nothing reads from a request, parameters that the path does not have, and settings that
 * their target has no use for.
 */

import { locationPath } from '../handlers/redirect.ts';
import { rewriteParams } from '../handlers/reshaping/path-rewrite.ts';
import { queryParamOf } from '../handlers/reshaping/query-rewrite.ts';
import { compileRegex } from '../router/linear-regex.ts';
import { parsePathPattern } from '../router/path-pattern.ts';
import { type RouteMatchConfig, routeMatchConfig } from '../router/route-match.ts';
import { findOverlaps } from '../router/route-overlaps.ts';
import { compileRoutes, RouteConflictError, type RouteTable, routeText } from '../router/route-table.ts';
import { compileRouting, type Routing, tenantRead } from '../router/routing.ts';
import { routingConfig } from '../router/routing-config.ts';
import { bareName, COMMONLY_TRUSTED, FORWARDING_FIELDS } from '../wire/trust/trusted-fields.ts';
import { type Fault, faultAt, type Path } from './fault.ts';
import { suggestion } from './nearest.ts';
import { child, type MapNode, type Node, positionOf, textOf, toPlain } from './tree.ts';

/** A parameter of a path as header rules, aggregates and other gateways write it. */
const BRACED = /\{(?:params\.)?([A-Za-z_]\w*)\}/;

export interface RouteReferences {
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** A route whose `match` is good, at its place in the list. */
interface KnownRoute {
  readonly index: number;
  readonly match: RouteMatchConfig;
}

export function routeReferences(root: MapNode): RouteReferences {
  const check = new RouteCheck(root);
  check.run();
  return check;
}

class RouteCheck implements RouteReferences {
  readonly faults: Fault[] = [];
  readonly warnings: Fault[] = [];
  readonly #root: MapNode;
  readonly #routing: Routing;
  readonly #clientTypes: readonly string[];
  readonly #gone: ReadonlySet<string>;

  constructor(root: MapNode) {
    this.#root = root;
    const written = child(root, 'routing');
    const parsed = routingConfig.safeParse(written && toPlain(written));
    const config = parsed.success ? parsed.data : routingConfig.parse(undefined);
    this.#routing = compileRouting(config);
    this.#clientTypes = Object.keys(config.clientTypes);
    const ours = child(root, 'identityHeaders');
    const names =
      ours?.kind === 'map' ? [...ours.entries.values()].map(({ value }) => textOf(value) ?? '') : [];
    this.#gone = new Set([...COMMONLY_TRUSTED, ...FORWARDING_FIELDS, ...names].map(bareName));
  }

  run(): void {
    const known: KnownRoute[] = [];
    const routes = child(this.#root, 'routes');
    for (const [index, route] of (routes?.kind === 'list' ? routes.items : []).entries()) {
      const written = child(route, 'match');
      const parsed = routeMatchConfig.safeParse(written && toPlain(written));
      if (!parsed.success) continue;
      const isGood = this.#conditions(index, parsed.data, route);
      this.#params(index, parsed.data, route);
      this.#unused(index, route);
      if (isGood) known.push({ index, match: parsed.data });
    }
    this.#apart(known);
  }

  /** Whether all that the route is matched on can be read from a request. */
  #conditions(index: number, match: RouteMatchConfig, route: Node): boolean {
    const before = this.faults.length;
    const at: Path = ['routes', index, 'match'];
    for (const type of match.clientType ?? []) {
      if (this.#clientTypes.includes(type)) continue;
      const known = suggestion(type, this.#clientTypes);
      this.#fault([...at, 'clientType'], `no type is named "${type}" under routing.clientTypes; ${known}`);
    }
    if (match.version && !this.#routing.version) {
      this.#fault(
        [...at, 'version'],
        'needs "routing.versions", which says where a request states its version',
      );
    }
    const fields = child(child(route, 'match'), 'headers');
    for (const [name, { keyAt }] of fields?.kind === 'map' ? fields.entries : []) {
      if (!this.#gone.has(bareName(name))) continue;
      const message = 'is taken away from every request before it is matched, because backends trust it';
      this.faults.push(faultAt(keyAt, [...at, 'headers', name], message));
    }
    if (match.tenant) this.#tenant(at, match, route);
    return this.faults.length === before;
  }

  #tenant(at: Path, match: RouteMatchConfig, route: Node): void {
    const { tenant } = this.#routing;
    if (!tenant) {
      this.#fault([...at, 'tenant'], 'needs "routing.tenant", which says where a request states its tenant');
      return;
    }
    const path = typeof match.path === 'string' ? parsePathPattern(match.path) : undefined;
    if (!tenantRead(tenant, path)) {
      const param = 'param' in tenant ? tenant.param : '';
      this.#fault([...at, 'tenant'], `is stated by the parameter ":${param}", which this path does not have`);
    }
    if (textOf(child(route, 'auth')) === 'none') {
      this.#fault(
        [...at, 'tenant'],
        'is confirmed by authentication: expected auth to be something else than none',
      );
    }
  }

  /** What would be read and then do nothing, where somebody relies on it. */
  #unused(index: number, route: Node): void {
    const target = child(route, 'to');
    const kind = ['graph', 'fixed', 'redirect', 'exchange', 'bff'].find((name) => child(target, name));
    if (kind === undefined) return;
    if (child(route, 'timeout')) {
      this.#fault(
        ['routes', index, 'timeout'],
        `limits an attempt at an upstream, which a route to "${kind}" has not: use deadline`,
      );
    }
    if (kind !== 'exchange' && child(child(route, 'response'), 'strip')) {
      this.#fault(['routes', index, 'response', 'strip'], `takes nothing out of what "${kind}" answers`);
    }
  }

  /** Templates of the target hold parameters of the path alone. */
  #params(index: number, { path }: RouteMatchConfig, route: Node): void {
    const to = child(route, 'to');
    const known = paramsOf(path);
    const shown = typeof path === 'string' ? `the path "${path}"` : `the regular expression "${path.regex}"`;
    const ask = (names: readonly string[], at: Path): void => {
      for (const name of names.filter((one) => !known.has(one))) {
        const what = name === '*' ? 'has no * at its end' : `has no parameter "${name}"`;
        this.#fault(['routes', index, 'to', ...at], `${shown} ${what}`);
      }
    };
    const askPath = (text: string, at: Path): void => {
      const [braced, written] = BRACED.exec(text) ?? [];
      if (braced)
        this.#fault(['routes', index, 'to', ...at], `${braced} is no parameter here: write :${written}`);
      ask(rewriteParams(text), at);
    };
    askPath(textOf(child(to, 'rewrite')) ?? '', ['rewrite']);
    const location = textOf(child(child(to, 'redirect'), 'location'));
    askPath((location && locationPath(location)) ?? '', ['redirect', 'location']);
    const set = child(child(to, 'query'), 'set');
    for (const [name, { value }] of set?.kind === 'map' ? set.entries : []) {
      const param = queryParamOf(textOf(value) ?? '');
      if (param !== undefined) ask([param], ['query', 'set', name]);
    }
  }

  #apart(known: readonly KnownRoute[]): void {
    const specs = known.map(({ index, match }) => ({ match, value: index, source: this.#place(index) }));
    let table: RouteTable<number>;
    try {
      table = compileRoutes(specs, this.#routing);
    } catch (error) {
      if (!(error instanceof RouteConflictError)) throw error;
      for (const { sources, orders, texts } of error.conflicts) {
        const index = known[orders[1]]?.index ?? 0;
        const message = `takes the same requests as the route at ${sources[0]}, ${texts[0]}`;
        this.#fault(['routes', index, 'match'], message);
      }
      return;
    }
    for (const { first, second, kind } of findOverlaps(table.list())) {
      const message =
        kind === 'hidden'
          ? `is never asked: the route at ${first.source}, ${routeText(first)}, takes all its requests`
          : `a request may meet the conditions of the route at ${first.source} too, and is taken by that: give one a priority`;
      const at: Path = ['routes', second.value, 'match'];
      this.warnings.push(faultAt(positionOf(this.#root, at), at, message));
    }
  }

  #place(index: number): string {
    const { file, line } = positionOf(this.#root, ['routes', index]);
    return `${file}:${line}`;
  }

  #fault(path: Path, message: string): void {
    this.faults.push(faultAt(positionOf(this.#root, path), path, message));
  }
}

/** What a good path gives to templates; `*` is the wildcard's rest. */
export function paramsOf(path: RouteMatchConfig['path']): ReadonlySet<string> {
  if (typeof path !== 'string') return new Set(compileRegex(path.regex).groups);
  const { params, isPrefix } = parsePathPattern(path);
  return new Set([...params.map(({ name }) => name), ...(isPrefix ? ['*'] : [])]);
}
