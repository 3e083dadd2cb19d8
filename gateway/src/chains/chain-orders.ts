/**
 * The order of the steps of every chain of a configuration, as `frontdesk routes --chain` prints it: composed by what composes
 * it in earnest, on state in memory, and without asking or starting anybody.
 */
import { joinBffs } from '../bffs-apart/bffs-apart.ts';
import type { Config } from '../config/schema.ts';
import type { CallUpstream } from '../core/upstream-call.ts';
import { openIdentities } from '../identities/identities.ts';
import { compilePlans } from '../limits/plans/plans.ts';
import { type PlannedMount, templateOf, upstreamOf } from '../mounts/mount-plan.ts';
import { doorOrder, routeOrder } from '../pipeline.ts';
import { openResidents, type Residents } from '../residents/residents.ts';
import { createUpstreams } from '../upstream/upstream.ts';
import { doorPartsOf, routePartsOf } from './chain-parts.ts';
import { placesOf, readPlugins, requireSound, routeFaults } from './plugins.ts';
import { openPolicies } from './policies.ts';
import { routeGuards } from './route-guards.ts';
import { openRouteLimits } from './route-limits.ts';
import { openValidations } from './validations.ts';

export interface ListedStep {
  readonly name: string;
  /** Whether it is a team's. */
  readonly isPlugin: boolean;
}

export interface ListedChain {
  readonly mount: PlannedMount;
  readonly path: string;
  readonly inbound: readonly ListedStep[];
  /** Names of the upstreams that it calls; `undefined` where its BFF, or the graph's plan, decides. */
  readonly upstreams: readonly string[] | undefined;
}

export interface ChainOrders {
  /** What every request goes through. */
  readonly door: readonly ListedStep[];
  readonly routes: readonly ListedChain[];
  readonly upstreams: Readonly<Record<string, readonly ListedStep[]>>;
}

/** `mounts` are the configuration's. Rejects with what is wrong with plugins, or with descriptions of requests. */
export async function chainOrders(
  config: Config,
  folder: string,
  mounts: readonly PlannedMount[],
): Promise<ChainOrders> {
  const { plugins: read, faults } = await readPlugins(config, folder);
  requireSound([...faults, ...routeFaults(read, mounts)]);
  const plugins = placesOf(read);
  const { telemetry, flows } = config;
  const residents = await openResidents({
    ...config,
    state: 'memory',
    flows: { ...flows, journal: 'state' },
    telemetry: { ...telemetry, level: 'silent', accessLog: { ...telemetry.accessLog, enabled: false } },
  });
  try {
    const asked: CallUpstream = () => Promise.reject(new TypeError('nobody is asked'));
    const plans = compilePlans(config.plans);
    const limits = openRouteLimits(config, plans, residents);
    const identities = openIdentities(config, plans, residents, asked);
    const policies = openPolicies(config, residents, asked);
    const validations = await openValidations(mounts, residents);
    const { authenticator } = identities;
    const guarding = { config, residents, policies, authenticator, validations };
    const nowhere = { match: () => ({ kind: 'not_found' }) as const };
    const common = { plans, limits, identities, residents };
    return {
      door: namesOf(doorOrder(doorPartsOf(config, nowhere, limits, residents, plugins))),
      routes: mounts.map((mount) => ({
        mount,
        path: templateOf(mount.match),
        inbound: namesOf(
          routeOrder(
            routePartsOf(mount, common, {
              guards: routeGuards({ ...guarding, mount }),
              plugins: plugins.of(mount),
            }),
          ),
        ),
        upstreams: upstreamsOf(mount),
      })),
      upstreams: await outboundOrders(config, residents, plugins.ofUpstream),
    };
  } finally {
    await residents.close();
  }
}

/** Where endpoints are, and how they are, makes no difference to the order, and would have to be asked. */
async function outboundOrders(
  config: Config,
  residents: Residents,
  pluginsOf: ReturnType<typeof placesOf>['ofUpstream'],
): Promise<Record<string, readonly ListedStep[]>> {
  const { clock, random, limits, endpoints, discovery, upstreamMetrics, caches, splits } = residents;
  const joined = joinBffs(config, () => '/nobody.sock').upstreams;
  const configs = Object.fromEntries(
    Object.entries(joined).map(([name, { discover: _discover, health: _health, ...one }]) => [name, one]),
  );
  const upstreams = createUpstreams({
    configs,
    clock,
    random,
    metrics: upstreamMetrics,
    limiter: limits.limiter,
    registry: endpoints,
    caches,
    splits,
    discovery,
    identityHeaders: config.identityHeaders,
    credentialFields: [],
    proofsOf: (_name, { credentials, identityToken }) => {
      const proof = { field: 'authorization', ofCaller: false, valueFor: () => undefined };
      return identityToken || credentials?.oauth || credentials?.exchange ? [proof] : [];
    },
    pluginsOf,
    traced: residents.tracing !== undefined,
  });
  const orders: Record<string, readonly ListedStep[]> = {};
  for (const name of Object.keys(configs)) {
    const order = upstreams.order(name);
    if (order) orders[name] = namesOf(order);
  }
  await upstreams.dispose();
  return orders;
}

function upstreamsOf({ answer }: PlannedMount): readonly string[] | undefined {
  switch (answer.kind) {
    case 'aggregate':
    case 'bff':
    case 'graph':
    case 'operation':
      return undefined;
    default: {
      const upstream = upstreamOf(answer);
      return upstream === undefined ? [] : [upstream];
    }
  }
}

function namesOf(order: readonly ListedStep[]): ListedStep[] {
  return order.map(({ name, isPlugin }) => ({ name, isPlugin }));
}
