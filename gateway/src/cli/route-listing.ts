/** Every route that a configuration makes, as people read it: the passthrough's, the graph's, each BFF's, health. */
import type { Bff } from '../bff/definition.ts';
import type { Config } from '../config/schema.ts';
import type { RouteSpec } from '../router/route-table.ts';

export interface ListedRoute {
  readonly kind: 'proxy' | 'graph' | 'bff' | 'fixed' | 'health';
  /** What answers, in words. */
  readonly target: string;
  /** Schemes of which one must hold; `none` where nobody is asked. */
  readonly auth: string;
  readonly scopes: readonly string[];
  readonly limit: string;
}

/** A BFF's package, loaded; `undefined` and a word to the operator where it cannot be. */
export type LoadBff = (specifier: string) => Promise<Pick<Bff, 'screens'> | undefined>;

export async function listRoutes(config: Config, loadBff: LoadBff): Promise<RouteSpec<ListedRoute>[]> {
  const specs: RouteSpec<ListedRoute>[] = config.routes.map((route) => ({
    match: route.match,
    value: { ...guardsOf(route, config), ...targetOf(route.to) },
  }));
  if (config.graph) {
    const guards = guardsOf(config.graph, config);
    specs.push({
      match: { path: config.graph.path, methods: ['GET', 'POST'] },
      value: { kind: 'graph', target: 'the federated graph', ...guards },
    });
  }
  for (const entry of config.bffs) {
    const bff = await loadBff(entry.package);
    const guards = guardsOf(entry, config);
    for (const screen of bff?.screens ?? []) {
      const target = `${entry.package} ${screen.field}`;
      const scopes = [...new Set([...guards.scopes, ...screen.scopes])];
      specs.push({
        match: { path: entry.mount + screen.path, methods: ['GET'] },
        value: { kind: 'bff', target, ...guards, scopes },
      });
    }
    specs.push({
      match: { path: `${entry.mount}/graphql`, methods: ['GET', 'POST'] },
      value: { kind: 'bff', target: `${entry.package} GraphQL`, ...guards },
    });
  }
  const open = { auth: 'none', scopes: [], limit: 'unlimited' };
  for (const path of ['/healthz', '/readyz']) {
    specs.push({ match: { path, methods: ['GET'] }, value: { kind: 'health', target: 'health', ...open } });
  }
  return specs;
}

function targetOf(to: Config['routes'][number]['to']): Pick<ListedRoute, 'kind' | 'target'> {
  if ('upstream' in to) {
    const path = to.rewrite === undefined ? '' : ` ${to.rewrite}`;
    return { kind: 'proxy', target: `${to.upstream}${path}` };
  }
  if ('fixed' in to) return { kind: 'fixed', target: `always ${to.fixed.status}` };
  return { kind: 'graph', target: 'the federated graph' };
}

type Guarded = Pick<Config['routes'][number], 'auth' | 'scopes' | 'limit'>;

function guardsOf(guarded: Guarded, config: Config): Pick<ListedRoute, 'auth' | 'scopes' | 'limit'> {
  const configured = (['jwt', 'apiKey'] as const).filter((scheme) => config.auth[scheme] !== undefined);
  const schemes = guarded.auth ?? configured;
  const named = schemes.filter((scheme) => scheme !== 'anonymous');
  const optional = schemes.includes('anonymous') && named.length > 0 ? ', or nobody' : '';
  return {
    auth: named.length === 0 ? 'none' : named.join(' or ') + optional,
    scopes: guarded.scopes,
    limit: limitText(guarded.limit),
  };
}

function limitText(limit: Guarded['limit']): string {
  if (limit === undefined) return 'by plan';
  if (limit === 'unlimited') return limit;
  return `${limit.capacity} per ${limit.per}`;
}
