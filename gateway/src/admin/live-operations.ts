/** What the operators' page asks of the gateway that runs: its route table, which route takes a request, and plans. */
import type { z } from 'zod';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Graph } from '../graph/graph.ts';
import { shownPlan } from '../graph/plan/plan-view.ts';
import type { AdminPage } from '../handlers/admin/admin.ts';
import { refused } from '../handlers/admin/admin-http.ts';
import { loadBff } from '../handlers/bff/load.ts';
import { LiveFeed } from '../live/live-feed.ts';
import {
  type LiveQuestions,
  livePage,
  type matchRequestBody,
  type planRequestBody,
} from '../live/live-page.ts';
import { LocalSource, type LocalSourceOptions } from '../live/local-source.ts';
import { type Door, Tries } from '../live/try-request.ts';
import { type ListedRoute, type LoadBff, listRoutes } from '../mounts/route-listing.ts';
import { matchRequest } from '../router/match-request.ts';
import { compileRoutes, type RouteTable, routeText } from '../router/route-table.ts';
import { compileRouting } from '../router/routing.ts';

/** What serves now. */
export interface Serving {
  readonly config: Config;
  /** The configuration file's folder. */
  readonly folder: string;
  readonly graph: Graph | undefined;
}

export interface LiveOptions extends LocalSourceOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly token: () => string | undefined;
  readonly serving: () => Serving;
  readonly door: () => Door;
}

export interface Live {
  readonly page: AdminPage;
  /** Ends all streams. */
  close(): void;
}

export function openLive(options: LiveOptions): Live {
  const { clock, token, serving, door } = options;
  const source = new LocalSource(options);
  const feed = new LiveFeed(source);
  const questions = liveQuestions(serving);
  return {
    page: livePage({ clock, token, feed, source, questions, tries: new Tries({ door, clock }) }),
    close: () => feed.close(),
  };
}

/** The public door as this machine reaches it. */
export function doorOf(
  { host, port }: { readonly host: string; readonly port: number },
  secure: boolean,
): Door {
  const own = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { host: own, port, secure };
}

export function liveQuestions(serving: () => Serving): LiveQuestions {
  let listed: { readonly config: Config; readonly table: Promise<RouteTable<ListedRoute>> } | undefined;
  const table = (): Promise<RouteTable<ListedRoute>> => {
    const { config, folder } = serving();
    if (listed?.config !== config)
      listed = { config, table: tableOf(config, (name) => loadBff(name, folder)) };
    return listed.table;
  };
  return {
    routes: async () => (await table()).list().map(shownRoute),
    match: async (request) => explained(await table(), request),
    plan: (request) => planned(serving(), request),
  };
}

async function tableOf(config: Config, load: LoadBff): Promise<RouteTable<ListedRoute>> {
  return compileRoutes(await listRoutes(config, load), compileRouting(config.routing));
}

function shownRoute(route: ReturnType<RouteTable<ListedRoute>['list']>[number]): object {
  const { methods, hosts, template, conditions, priority, source, value } = route;
  const asked = conditions.map(({ subject, test }) => `${subject} ${test.says}`);
  return { methods, hosts, path: template, conditions: asked, priority, source, ...value };
}

function explained(
  table: RouteTable<ListedRoute>,
  { method, url, headers }: z.output<typeof matchRequestBody>,
): object {
  const request = matchRequest(method, url, headers);
  if (typeof request === 'string') throw refused([request]);
  const result = table.match(request);
  return {
    result: result.kind,
    template: result.kind === 'found' ? result.template : undefined,
    params: result.kind === 'found' ? { ...result.params } : undefined,
    allow: result.kind === 'method_not_allowed' ? result.allow : undefined,
    routes: table.explain(request).map(({ route, against, checks }) => ({
      route: routeText(route),
      taken: against === undefined,
      against,
      // Most routes are for other paths: of them it is enough to know that.
      isElsewhere: checks.some(({ about, holds }) => !holds && (about === 'host' || about === 'path')),
      checks,
    })),
  };
}

async function planned(
  { graph }: Serving,
  { query, operation, variables }: z.output<typeof planRequestBody>,
): Promise<object> {
  if (!graph) throw new FrontdeskError('not_found', { members: { reasons: ['there is no graph'] } });
  return shownPlan(await graph.plan(query, operation, variables));
}
