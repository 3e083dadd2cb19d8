/** The one door to the backends: for each upstream of a configuration a chain, composed once. */
import { FrontdeskError, toFrontdeskError } from '../core/errors.ts';
import { composeOrdered, type OrderedStep } from '../core/placed-steps.ts';
import type { Next } from '../core/step.ts';
import type { CallUpstream, UpstreamReply } from '../core/upstream-call.ts';
import { withAttemptSpans } from './attempt-span.ts';
import { type Balancing, type EndpointView, openBalancing } from './balancing/balancing.ts';
import { openCache } from './cache/open-cache.ts';
import type { CacheRegistry } from './cache/registry.ts';
import { UpstreamCall } from './call.ts';
import { targetsOf, type UpstreamConfig } from './config.ts';
import type { DiscoverConfig } from './discovery/config.ts';
import type { DiscoveredSet, DiscoveryView } from './discovery/discovered-set.ts';
import type { Discovery } from './discovery/discovery.ts';
import type { EndpointRegistry } from './endpoints/endpoint-registry.ts';
import { EndpointSet } from './endpoints/endpoint-set.ts';
import type { Lease } from './endpoints/lease.ts';
import { type OutboundOptions, outboundOrder } from './outbound-order.ts';
import { hedge } from './retry/hedge.ts';
import { OnceBody } from './retry/once-body.ts';
import { type OpenedSplit, openSplit, withSharingSides } from './split/open-split.ts';
import type { SplitRegistry } from './split/registry.ts';
import type { Rollout, SplitView } from './split/rollout.ts';

export interface UpstreamsOptions extends Omit<OutboundOptions, 'chainOf'> {
  readonly configs: Readonly<Record<string, UpstreamConfig>>;
  readonly registry: EndpointRegistry;
  /** Needed where an upstream has a cache. */
  readonly caches?: CacheRegistry;
  /** Needed where an upstream is a split. */
  readonly splits?: SplitRegistry;
  readonly discovery: Discovery;
  /** Where the gateway stands: endpoints of the same zone are asked first. */
  readonly zone?: string | undefined;
  /** Whether requests are traced: each attempt is a span, and its backend is told so. Default: no. */
  readonly traced?: boolean;
}

export type { EndpointView } from './balancing/balancing.ts';

export interface Upstreams {
  readonly call: CallUpstream;
  has(upstream: string): boolean;
  /** The steps of its calls, in their order; `undefined` for what is no upstream, or a split. */
  order(upstream: string): readonly Pick<OrderedStep<never, never>, 'name' | 'isPlugin'>[] | undefined;
  view(): EndpointView[];
  /** Where endpoints come from, for each upstream that discovers them. */
  viewDiscovery(): (DiscoveryView & { readonly upstream: string })[];
  /** How splits stand. */
  viewSplits(): SplitView[];
  /** The split of this name, for an operator who decides. */
  split(name: string): Rollout | undefined;
  /** Resolves when each upstream has endpoints, or has waited for them as long as it says, and decisions on splits are known. */
  readonly started: Promise<void>;
  /** Upstreams that never had an endpoint, each with why. */
  missing(): string[];
  /** Sets the gauges that are too dear to keep up to date with every call; before metrics are read. */
  measure(): void;
  /** Returns what was leased of the registry. Calls under way end in peace. */
  dispose(): Promise<void>;
}

interface Built {
  readonly chain: Next<UpstreamCall, UpstreamReply>;
  readonly order: readonly OrderedStep<UpstreamCall, UpstreamReply>[];
  readonly endpoints: EndpointSet;
  readonly balancing: Balancing;
  readonly discovered: DiscoveredSet | undefined;
  readonly leases: readonly Pick<Lease<unknown>, 'release'>[];
}

interface Building extends UpstreamsOptions, OutboundOptions {}

const send: Next<UpstreamCall, UpstreamReply> = (call) =>
  call.endpoint
    ? call.endpoint.send(call)
    : Promise.reject(new FrontdeskError('internal', { detail: 'no endpoint' }));

const unknownUpstream: Next<UpstreamCall, UpstreamReply> = (call) =>
  Promise.reject(new FrontdeskError('internal', { detail: `no upstream is called ${call.upstream}` }));

/** A body that comes once is dropped when no attempt ever started it: it holds its client's connection. */
function callOnce(chain: Next<UpstreamCall, UpstreamReply>, call: UpstreamCall): Promise<UpstreamReply> {
  const body = new OnceBody(call.body);
  call.body = body;
  return chain(call).catch((error: unknown) => {
    if (!body.started) body.discard(toFrontdeskError(error));
    throw error;
  });
}

export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const upstreams = new Map<string, Built>();
  const splits = new Map<string, OpenedSplit>();
  /** Sides and shadows are found by name when they are called: their order in a configuration means nothing. */
  const chainOf = (name: string): Next<UpstreamCall, UpstreamReply> =>
    upstreams.get(name)?.chain ?? splits.get(name)?.chain ?? unknownUpstream;
  const building = { ...options, configs: withSharingSides(options.configs), chainOf };
  for (const [name, config] of Object.entries(building.configs)) {
    if (config.split) splits.set(name, openSplit(name, config, config.split, building));
    else upstreams.set(name, build(name, config, building));
  }

  function discovering(): (readonly [upstream: string, set: DiscoveredSet])[] {
    return [...upstreams].flatMap(([name, { discovered }]) =>
      discovered ? [[name, discovered] as const] : [],
    );
  }

  return {
    call: (request) => {
      const chain = chainOf(request.upstream);
      const call = new UpstreamCall(request);
      return request.body.replayable ? chain(call) : callOnce(chain, call);
    },
    order: (upstream) => upstreams.get(upstream)?.order,
    has: (upstream) => upstreams.has(upstream) || splits.has(upstream),
    view: () => [...upstreams.values()].flatMap(({ balancing }) => balancing.view()),
    viewSplits: () => [...splits.values()].map(({ rollout }) => rollout.view()),
    split: (name) => splits.get(name)?.rollout,
    viewDiscovery: () => discovering().map(([upstream, set]) => ({ upstream, ...set.view })),
    started: Promise.all([
      ...discovering().map(([, set]) => set.started),
      splits.size > 0 ? options.splits?.known : undefined,
    ]).then(() => {}),
    missing: () =>
      discovering().flatMap(([upstream, { missing, name }]) =>
        missing === undefined ? [] : [`upstream ${upstream} has no endpoints yet (${name}): ${missing}`],
      ),
    measure: () => {
      for (const [, set] of discovering()) set.measure();
      for (const { balancing } of upstreams.values()) balancing.measure();
    },
    dispose: async () => {
      const all = [...upstreams.values()];
      const opened = [...splits.values()];
      upstreams.clear();
      splits.clear();
      await Promise.all(opened.map((one) => one.release()));
      await Promise.all(
        all.flatMap(({ leases, endpoints }) => [endpoints.close(), ...leases.map((one) => one.release())]),
      );
    },
  };
}

function build(name: string, config: UpstreamConfig, options: Building): Built {
  const { registry } = options;
  const budget = registry.budget(name, config);
  const endpoints = new EndpointSet((spec) => registry.endpoint(name, config, spec.url, spec.address));
  const found = config.discover && discover(config.discover, config.tls !== undefined, endpoints, options);
  if (!found) endpoints.replace(targetsOf(config));
  const balancing = openBalancing(name, config, endpoints, { ...options, zone: options.zone });
  const cached = config.cache && openCache(name, config, config.cache, options);
  const hedging = config.hedge && registry.hedging(name, config.hedge);
  const order = outboundOrder(name, config, options, {
    budget: budget.value,
    balance: balancing.policy,
    cache: cached?.policy,
    hedging:
      config.hedge &&
      hedging &&
      hedge({
        config: config.hedge,
        hedging: hedging.value,
        set: endpoints,
        clock: options.clock,
        hedged: options.metrics.hedges,
        requests: options.metrics.requests,
      }),
  });
  return {
    chain: composeOrdered(options.traced ? withAttemptSpans(order) : order, send),
    order,
    endpoints,
    balancing,
    discovered: found?.value,
    leases: [budget, hedging, balancing, found, cached?.lease].filter((one) => one !== undefined),
  };
}

/** Keeps the endpoints as their source says, until it is released. */
function discover(
  config: DiscoverConfig,
  secure: boolean,
  endpoints: EndpointSet,
  { discovery }: UpstreamsOptions,
): Lease<DiscoveredSet> {
  const found = discovery.lease(config, secure);
  const unsubscribe = found.value.subscribe((specs) => endpoints.replace(specs));
  endpoints.replace(found.value.endpoints ?? []);
  return {
    value: found.value,
    release: () => {
      unsubscribe();
      return found.release();
    },
  };
}
