/** A table over client types, versions and tenants that header fields state, and requests to ask it. */
import { HeaderFields } from '../../core/headers.ts';
import type { RoutableRequest } from '../request-view.ts';
import type { RouteMatch } from '../route-match.ts';
import { compileRoutes, type RouteTable } from '../route-table.ts';
import { compileRouting } from '../routing.ts';
import { routingConfig } from '../routing-config.ts';

const ROUTING = compileRouting(
  routingConfig.parse({
    clientTypes: {
      mobile: [{ headers: { 'x-client': 'm' } }],
      web: [{ headers: { 'x-client': { present: true } } }],
    },
    versions: { header: 'x-version', default: '1' },
    tenant: { header: 'x-who' },
  }),
);

export type Asked = Omit<RoutableRequest, 'headers'> & { readonly fields: Readonly<Record<string, string>> };

export function request({ fields, ...rest }: Asked): RoutableRequest {
  return { ...rest, headers: HeaderFields.of(fields) };
}

export const GET: Asked = {
  method: 'GET',
  host: 'h',
  path: '/a',
  query: '',
  client: { scheme: 'http' },
  fields: {},
};

export function tableOf(matches: readonly RouteMatch[]): RouteTable<number> {
  return compileRoutes(
    matches.map((match, value) => ({ match, value, source: `f:${value}` })),
    ROUTING,
  );
}

export function taken(routes: RouteTable<number>, asked: Partial<Asked>): number | string {
  const result = routes.match(request({ ...GET, ...asked }));
  if (result.kind === 'found') return result.value;
  return result.kind === 'not_found' ? '404' : `405 ${result.allow}`;
}
