/**
 * The operators' port of a process that serves: what is measured, what can be changed while it runs, and the page for people.
 * The port of a primary, which asks several such processes, is `workers-admin.ts`.
 */

import type { Config } from '../config/schema.ts';
import type { Handler } from '../core/exchange.ts';
import type { SupergraphFeed } from '../graph-feed/supergraph-feed.ts';
import { type AdminOptions, type AdminToken, adminHandler } from '../handlers/admin/admin.ts';
import type { Answering } from '../live/observer.ts';
import { adminChain } from '../pipeline.ts';
import type { Residents } from '../residents/residents.ts';
import type { Generations } from '../snapshot/generations.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { makeIdSource } from '../wire/trace-context.ts';
import { bffOperations } from './bff-operations.ts';
import { ConsumerAdmin } from './consumer-admin.ts';
import { doorOf, type Live, openLive } from './live-operations.ts';

export interface GatewayAdminOptions {
  readonly token: AdminToken;
  /** What serves now, and the configuration file's folder. */
  readonly serving: () => { readonly config: Config; readonly folder: string };
  readonly configuration: AdminOptions['configuration'];
  readonly residents: Residents;
  readonly generations: Generations<Snapshot>;
  readonly feed: Pick<SupergraphFeed, 'view'>;
  readonly readiness: AdminOptions['readiness'];
  /** Where the public listener listens. */
  readonly publicAddress: () => { readonly host: string; readonly port: number };
  /** What requests are to be asked of from now on: while somebody has the page open, an observer. */
  readonly onSwitch: (answering: Answering) => void;
}

export interface GatewayAdmin {
  readonly handler: Handler;
  /** Ends the streams of the page. */
  close(): void;
}

export function gatewayAdmin(options: GatewayAdminOptions): GatewayAdmin {
  const { token, serving, configuration, residents, generations, feed, readiness } = options;
  const { clock, metrics, logger } = residents;
  const live = openPage(options);
  const measure = (): void => {
    generations.current.upstreams.measure();
    residents.bffs.measure();
  };
  const handler = adminHandler({
    token,
    readiness,
    metrics: (accept) => {
      measure();
      return metrics.expose(accept);
    },
    metricValues: () => {
      measure();
      return metrics.snapshot();
    },
    logLevel: residents.logLevel,
    revocations: residents.revocations,
    consumers: new ConsumerAdmin({
      config: () => serving().config,
      stored: residents.storedConsumers,
      use: residents.keyUse,
      wall: clock.wall,
    }),
    upstreams: () => generations.current.upstreams.view(),
    discovery: () => generations.current.upstreams.viewDiscovery(),
    splits: {
      view: () => generations.current.upstreams.viewSplits(),
      find: (name) => generations.current.upstreams.split(name),
    },
    bffs: bffOperations({
      config: () => serving().config,
      ledger: residents.bffs,
      processes: residents.bffProcesses,
    }),
    supergraph: () => ({ ...feed.view, generations: generations.count }),
    flows: residents.flows,
    purgeCaches: (request) => residents.purges.purge(request),
    wall: clock.wall,
    page: live?.page,
    configuration,
  });
  return {
    handler: adminChain({ ids: makeIdSource(), logger }, handler),
    close: () => live?.close(),
  };
}

/** `undefined` where `admin.page` is off. */
function openPage(options: GatewayAdminOptions): Live | undefined {
  const { token, serving, configuration, residents, generations, readiness, publicAddress } = options;
  const { config, folder } = serving();
  if (!config.admin?.page) return undefined;
  const { observer, clock, logger, metrics } = residents;
  observer.attach({ plain: generations, folder, onSwitch: options.onSwitch });
  return openLive({
    clock,
    logger,
    observer,
    token: typeof token === 'function' ? token : () => token,
    endpoints: () => generations.current.upstreams.view(),
    metrics: () => metrics.snapshot(),
    process: () => ({
      process: 'gateway',
      generations: generations.count,
      version: configuration?.version,
      digest: configuration?.digest,
      notReady: readiness(),
    }),
    serving: () => ({ ...serving(), graph: generations.current.graph }),
    door: () => doorOf(publicAddress(), serving().config.listen.tls !== undefined),
  });
}
