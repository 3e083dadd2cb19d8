/**
 * The chains of one configuration, composed once: the door's, and for each mount those of its requests, preflights, pages and
 * sockets, in the route table by which the door finds them.
 */

import type { Config } from '../config/schema.ts';
import type { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Handler } from '../core/exchange.ts';
import type { Identities } from '../identities/identities.ts';
import type { Plans } from '../limits/plans/plans.ts';
import { type MatchTarget, match } from '../middleware/match.ts';
import { shedPriority } from '../middleware/shed.ts';
import type { Mount } from '../mounts/mounts.ts';
import {
  doorChain,
  operationChain,
  pageChain,
  preflightChain,
  refusalChain,
  routeChain,
  upgradeChain,
} from '../pipeline.ts';
import type { Policies } from '../policy/policies.ts';
import type { Residents } from '../residents/residents.ts';
import { compileRoutes, type RouteTable } from '../router/route-table.ts';
import { compileRouting } from '../router/routing.ts';
import { doorPartsOf, type OwnParts, type RouteCommon, routePartsOf } from './chain-parts.ts';
import type { Plugins } from './plugins.ts';
import { routeGuards } from './route-guards.ts';
import { openRouteLimits } from './route-limits.ts';
import { openValidations } from './validations.ts';

export interface ChainsParts {
  readonly config: Config;
  readonly mounts: readonly Mount[];
  readonly plans: Plans;
  readonly identities: Identities;
  readonly policies: Policies;
  readonly plugins: Plugins;
  readonly residents: Residents;
}

export interface Chains {
  /** Answers a request. */
  readonly handle: Handler;
  /** Answers a request whose head the listener refused. */
  readonly refuse: (exchange: Exchange, error: FrontdeskError) => ReturnType<Handler>;
  readonly routes: RouteTable<MatchTarget>;
}

/** Rejects with a `RouteConflictError` or a `DescriptionError`. Holds nothing that would have to be given back. */
export async function openChains(parts: ChainsParts): Promise<Chains> {
  const { config, mounts, plans, identities, policies, plugins, residents } = parts;
  const limits = openRouteLimits(config, plans, residents);
  const validations = await openValidations(mounts, residents);
  const guarding = { config, residents, policies, authenticator: identities.authenticator, validations };
  const common = { plans, limits, identities, residents };
  const entries = mounts.map((mount) => ({
    match: mount.match,
    source: mount.source,
    value: targetOf(mount, common, {
      guards: routeGuards({ ...guarding, mount }),
      plugins: plugins.of(mount),
    }),
  }));
  const routes = compileRoutes(entries, compileRouting(config.routing));
  const door = doorPartsOf(config, routes, limits, residents, plugins);
  return {
    handle: doorChain({ ...door, match: match(routes) }),
    refuse: (exchange, error) => refusalChain(door, error)(exchange),
    routes,
  };
}

function targetOf(mount: Mount, common: RouteCommon, parts: OwnParts): MatchTarget {
  const { deadlineMs, handler, sockets } = mount;
  const page = mount.page && { wants: mount.page.wants, chain: pageChain(mount.page.handler, deadlineMs) };
  const inbound = routePartsOf(mount, common, parts);
  const chain = routeChain({ ...inbound, handler });
  const preflight = preflightChain(parts.guards);
  const { kind } = mount.answer;
  const sheds = shedPriority(kind, mount.priority);
  if (!sockets) return { kind, sheds, chain, page, preflight };
  const upgrade = upgradeChain({ ...inbound, handler: sockets.upgradeHandler(inbound.authenticator) });
  const operation = operationChain({ ...inbound, handler: sockets.operation });
  return { kind, sheds, chain, page, preflight, sockets: { upgrade, operation } };
}
