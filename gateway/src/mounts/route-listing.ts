/** Every route that a configuration makes, in words: what `routes` and `match` print. */
import type { Grants } from '../auth/grants.ts';
import type { Bff } from '../bff/definition.ts';
import { runsApart } from '../config/bff.ts';
import type { Config } from '../config/schema.ts';
import type { RedirectConfig } from '../handlers/redirect.ts';
import type { RouteSpec } from '../router/route-table.ts';
import { limitLines, limitText } from './limit-text.ts';
import { type Answer, type PlannedMount, planMounts, upstreamOf } from './mount-plan.ts';

export interface ListedRoute {
  readonly kind: Answer['kind'];
  /** What answers, in words. */
  readonly target: string;
  /** The one upstream that a route leads to, where it does. */
  readonly upstream: string | undefined;
  /** Schemes of which one must hold; `none` where nobody is asked. */
  readonly auth: string;
  /** Each must be had; `a or b` is one of which one will do. */
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** By name; `inline` for a route's own. */
  readonly policies: readonly string[];
  readonly limit: string;
  /** Every limit that holds: of the route, of each plan, by policy. */
  readonly limits: readonly string[];
}

/** A BFF's package, loaded; `undefined` and a word to the operator where it cannot be. */
export type LoadBff = (specifier: string) => Promise<Pick<Bff, 'screens'> | undefined>;

export async function listRoutes(config: Config, loadBff: LoadBff): Promise<RouteSpec<ListedRoute>[]> {
  return (await listMounts(config, loadBff)).map((mount) => listed(mount, config));
}

/** As planned, before they are put into words. */
export async function listMounts(config: Config, loadBff: LoadBff): Promise<PlannedMount[]> {
  const loaded = await Promise.all(
    config.bffs.map((entry) =>
      entry.package === undefined || runsApart(entry) ? undefined : loadBff(entry.package),
    ),
  );
  return planMounts(config, loaded);
}

export function listed(mount: PlannedMount, config: Config): RouteSpec<ListedRoute> {
  return {
    match: mount.match,
    source: mount.source,
    value: {
      kind: mount.answer.kind,
      target: targetOf(mount.answer, config) + (mount.hasPage ? ', GraphiQL for browsers' : ''),
      upstream: upstreamOf(mount.answer),
      auth: authText(mount),
      scopes: mount.grants.scopes.flatMap(wordsOf),
      roles: mount.grants.roles.flatMap(wordsOf),
      policies: [...mount.policies, ...(mount.guards?.allow === undefined ? [] : ['inline'])],
      limit: limitText(mount, config),
      limits: limitLines(mount, config),
    },
  };
}

function targetOf(answer: Answer, config: Config): string {
  switch (answer.kind) {
    case 'health':
      return 'health';
    case 'jwks':
      return 'the keys of identity tokens';
    case 'graph':
      return 'the federated graph';
    case 'session':
      return `browser sessions: ${answer.endpoint}`;
    case 'operation':
      return answer.name === undefined ? "the named operations' document" : `the operation ${answer.name}`;
    case 'graphiql':
      return "GraphiQL's files";
    case 'bff':
      return `${config.bffs[answer.index]?.package ?? ''} ${answer.field ?? 'GraphQL'}`;
    case 'exchange':
      return `${answer.to.exchange.upstream} over WebSocket`;
    case 'aggregate':
      return Object.keys(answer.to.aggregate.parts).join(', ');
    case 'transcode':
      return `${answer.to.transcode.upstream} over gRPC`;
    case 'redirect':
      return redirectText(answer.to.redirect);
    case 'fixed':
      return `always ${answer.to.fixed.status}`;
    case 'proxy':
      return answer.to.rewrite === undefined
        ? answer.to.upstream
        : `${answer.to.upstream} ${answer.to.rewrite}`;
  }
}

function redirectText({ status, location, scheme, host, port }: RedirectConfig): string {
  const place = [scheme && `${scheme}:`, host, port].filter((some) => some !== undefined).join(' ');
  return `${status} to ${[place, location].filter(Boolean).join(' ')}`;
}

function authText({ auth }: PlannedMount): string {
  if (auth.schemes.length === 0) return 'none';
  return auth.schemes.join(auth.require === 'all' ? ' and ' : ' or ') + (auth.anonymous ? ', or nobody' : '');
}

function wordsOf({ require, names }: Grants): readonly string[] {
  return require === 'all' ? names : [names.join(' or ')];
}
