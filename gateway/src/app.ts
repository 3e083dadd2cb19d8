/**
 * The running gateway: a public listener and, where configured, one for operators, over the current snapshot. A new
 * configuration, or a new supergraph under the same one, is built beside what serves and takes over by one assignment;
 * what it replaces is disposed of when its last request has ended. What cannot be built changes nothing.
 */

import type { Server } from 'node:net';
import { bffOperations } from './bff-operations.ts';
import type { Config } from './config/schema.ts';
import { ConsumerAdmin } from './consumer-admin.ts';
import { FrontdeskError } from './core/errors.ts';
import type { Handler } from './core/exchange.ts';
import { Generations } from './generations.ts';
import { type AdminPage, type AdminToken, adminHandler } from './handlers/admin.ts';
import type { AdminConfig } from './handlers/admin-config.ts';
import type { ConnectionSource } from './listener/entrance.ts';
import { createListener } from './listener/http.ts';
import { listenConfig } from './listener/listen-config.ts';
import type { Listener } from './listener/listener.ts';
import type { Answering } from './live/observer.ts';
import { doorOf, type Live, openLive } from './live-operations.ts';
import { adminChain } from './pipeline.ts';
import { openResidents, type Residents } from './residents.ts';
import { withSharedTickets } from './shared-tickets.ts';
import { buildSnapshot, type Snapshot } from './snapshot.ts';
import { SupergraphFeed } from './supergraph-feed.ts';
import type { RequestTraces } from './telemetry/request-traces.ts';
import { makeIdSource } from './wire/trace-context.ts';

export interface GatewayOptions {
  readonly config: Config;
  /** The configuration file's folder: BFF packages are looked for from here. */
  readonly folder: string;
  /** Takes what happens to each request, for people who look: `frontdesk bff dev`. Default: nobody does. */
  readonly traces?: RequestTraces | undefined;
  /** How operators see and change what is configured. Default: they do not. Of the first options alone. */
  readonly configuration?: AdminConfig | undefined;
  /** Where it stands among several processes. Default: it is the only one. Of the first options alone. */
  readonly place?: ProcessPlace | undefined;
}

/** What a process that serves has from another one. */
export interface ProcessPlace {
  /** Processes of this node that serve: what limits are shared by. Default 1. */
  readonly workers?: number;
  /** Where public connections come from, in place of the port. */
  readonly source?: ConnectionSource;
  /** A Unix socket for operators, in place of their port: whoever may open it is one. */
  readonly adminSocket?: string;
  /** Further reasons why it should get no traffic. */
  readonly notReady?: () => readonly string[];
  /** Asked when it is time to listen: the socket that the process before this one listened on. */
  readonly inherit?: (listener: 'public' | 'admin') => Promise<Server | undefined>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A configuration that is built and does not serve yet. No other is built until one of the two is called, once. */
export interface Prepared {
  /** It serves what begins from now on. */
  commit(): Promise<void>;
  /** All stays as it was. */
  abandon(): Promise<void>;
}

export interface Running {
  readonly addresses: { readonly public: Address; readonly admin: Address | undefined };
  /** Takes over another configuration, whole or not at all. `listen`, `admin`, `workers` and `state` stay as they are. */
  replace(options: GatewayOptions): Promise<void>;
  /** The first half of `replace`: so that several processes can take over together, or none. */
  prepare(options: GatewayOptions): Promise<Prepared>;
  /** What another process may go on listening on. */
  readonly listening: { readonly public: Server | undefined; readonly admin: Server | undefined };
  /** Its log and its metrics, for whoever puts configurations into force. */
  readonly telemetry: Pick<Residents, 'logger'> & { readonly meter: Residents['metrics'] };
  /** Requests that have no answer yet. */
  readonly requestsInFlight: number;
  /** Why it should get no traffic. */
  notReady(): readonly string[];
  /** Whether an error for which nobody waits is of a BFF's code, and so no reason to end. Then it has been told. */
  holds(error: unknown, kind: 'rejection' | 'exception'): boolean;
  /**
   * Finishes what is under way, for as long as `listen.drain` allows, and ends. `announceMs`: how long it goes on as before
   * while it says that it is not ready; by default as `listen.drain` says.
   */
  drain(announceMs?: number): Promise<void>;
}

/** Clients of streams come back when theirs end: over so long, and within what is left to the gateway. */
const MAX_DRAIN_SPREAD_MS = 2_000;

function drainSpread({ drain }: Config['listen']): number {
  return Math.min(MAX_DRAIN_SPREAD_MS, drain.grace / 5);
}

/** Rejects with whatever makes the configuration impossible (see `buildSnapshot`) or with a `ListenError`. */
export async function startGateway(options: GatewayOptions): Promise<Running> {
  const residents = await openResidents(options.config, options.traces, options.place?.workers);
  let gateway: Gateway;
  try {
    const listen = await withSharedTickets(options.config.listen, residents);
    gateway = new Gateway({ ...options, config: { ...options.config, listen } }, residents);
  } catch (error) {
    await residents.close();
    throw error;
  }
  try {
    await gateway.start();
    return gateway;
  } catch (error) {
    await gateway.abandon();
    throw error;
  }
}

class Gateway implements Running {
  readonly #residents: Residents;
  readonly #public: Listener;
  readonly #admin: Listener | undefined;
  readonly #placed: ProcessPlace['notReady'];
  readonly #generations: Generations<Snapshot>;
  /** What requests are asked of: the generations, or an observer in front of them. */
  #answering: Answering;
  #live: Live | undefined;
  readonly #feed: SupergraphFeed;
  /** What serves now; at the start, what shall. */
  #options: GatewayOptions;
  /** Builds run one after another: the end of the last that was asked for. */
  #builds: Promise<unknown> = Promise.resolve();
  /** Waits to be decided on. */
  #prepared: Prepared | undefined;
  #reloadAsked = false;
  #closed = false;
  #addresses: Running['addresses'] | undefined;
  #hadKeys = false;
  #hadEndpoints = false;

  constructor(options: GatewayOptions, residents: Residents) {
    const { config, place } = options;
    const { clock, logger, metrics } = residents;
    const common = { clock, logger, meter: metrics };
    const inherit = place?.inherit;
    const handle: Handler = (exchange) => this.#answering.handle(exchange);
    this.#options = options;
    this.#residents = residents;
    this.#generations = new Generations({ logger, meter: metrics });
    this.#answering = this.#generations;
    this.#feed = new SupergraphFeed({ residents, onOffer: () => this.#reload() });
    this.#public = createListener({
      ...common,
      config: config.listen,
      handle: residents.traces?.around(handle) ?? handle,
      refuse: (exchange, error) => this.#generations.refuse(exchange, error),
      onDrain: () => residents.streams.endAll(new FrontdeskError('draining'), drainSpread(config.listen)),
      name: 'public',
      portOption: 'listen.port or --port',
      source: place?.source,
      inherit: inherit && (() => inherit('public')),
    });
    this.#placed = place?.notReady;
    if (place?.adminSocket !== undefined) {
      this.#admin = createListener({
        ...common,
        config: listenConfig.parse({ socket: place.adminSocket }),
        handle: this.#adminHandler(undefined),
        name: 'admin',
        portOption: 'admin.port',
      });
    } else if (config.admin && !place?.source) {
      const { host, port } = config.admin;
      this.#admin = createListener({
        ...common,
        config: listenConfig.parse({ host, port }),
        handle: this.#adminHandler(() => this.#options.config.admin?.token),
        name: 'admin',
        portOption: 'admin.port',
        inherit: inherit && (() => inherit('admin')),
      });
    }
  }

  get listening(): Running['listening'] {
    return { public: this.#public.listening, admin: this.#admin?.listening };
  }

  get telemetry(): Running['telemetry'] {
    const { logger, metrics } = this.#residents;
    return { logger, meter: metrics };
  }

  get requestsInFlight(): number {
    return this.#public.requestsInFlight;
  }

  notReady(): readonly string[] {
    return this.#notReadyBecause();
  }

  get addresses(): Running['addresses'] {
    if (!this.#addresses) throw new TypeError('the gateway has not started');
    return this.#addresses;
  }

  async start(): Promise<void> {
    await this.replace(this.#options);
    const admin = await this.#admin?.listen();
    this.#addresses = { public: await this.#public.listen(), admin };
  }

  async replace(options: GatewayOptions): Promise<void> {
    const prepared = await this.prepare(options);
    await prepared.commit();
  }

  prepare(options: GatewayOptions): Promise<Prepared> {
    const decided = Promise.withResolvers<void>();
    const prepared = this.#builds.then(() => this.#prepare(options, decided.resolve));
    this.#builds = prepared.then(
      () => decided.promise,
      () => undefined,
    );
    return prepared;
  }

  holds(error: unknown, kind: 'rejection' | 'exception'): boolean {
    return this.#residents.strayErrors.hold(error, kind);
  }

  async drain(announceMs?: number): Promise<void> {
    const { logger } = this.#residents;
    logger.info({}, 'draining');
    const { cut } = await this.#public.drain(undefined, announceMs);
    if (cut > 0) logger.warn({ requests: cut }, 'the grace time is over: requests were cut off');
    await this.#residents.flows.drain(this.#options.config.listen.drain.grace);
    logger.info({}, 'drained');
    await this.abandon();
  }

  /** Ends at once. */
  async abandon(): Promise<void> {
    this.#closed = true;
    await this.#public.close();
    this.#live?.close();
    await this.#admin?.close();
    await this.#feed.close();
    await this.#prepared?.abandon();
    await this.#builds;
    await this.#generations.close();
    await this.#residents.close();
  }

  /** Runs one build at a time, in the order in which they were asked for. */
  #inTurn<T>(build: () => Promise<T>): Promise<T> {
    const built = this.#builds.then(build);
    this.#builds = built.catch(() => undefined);
    return built;
  }

  async #prepare(options: GatewayOptions, decided: () => void): Promise<Prepared> {
    if (this.#closed) throw new Error('the gateway is ending');
    const supply = await this.#feed.supply(options.config);
    let next: Snapshot;
    try {
      next = await this.#build(options, supply.sdl);
    } catch (error) {
      await supply.abandon();
      throw error;
    }
    const decide = (): void => {
      this.#prepared = undefined;
      decided();
    };
    this.#prepared = {
      commit: async () => {
        this.#options = options;
        this.#generations.swap(next);
        this.#renewCertificates();
        await supply.commit().finally(decide);
      },
      abandon: async () => {
        await supply.abandon();
        await next.dispose().finally(decide);
      },
    };
    return this.#prepared;
  }

  /** A reload is the time at which a certificate that was replaced is read again. */
  #renewCertificates(): void {
    try {
      this.#public.renewCertificates();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#residents.logger.error(
        { reason },
        'the new certificates of the listener are unfit: the old ones stay',
      );
    }
  }

  /** Takes over what the source says now. However often it spoke while something was built, one build follows. */
  #reload(): void {
    if (this.#reloadAsked) return;
    this.#reloadAsked = true;
    void this.#inTurn(async () => {
      this.#reloadAsked = false;
      const sdl = this.#feed.take();
      if (sdl === undefined || this.#closed) return;
      try {
        this.#generations.swap(await this.#build(this.#options, sdl));
        this.#feed.applied(sdl);
      } catch (error) {
        this.#feed.refuse(error);
      }
    });
  }

  async #build(options: GatewayOptions, supergraphSdl: string | undefined): Promise<Snapshot> {
    const readiness = (): readonly string[] => this.#notReadyBecause();
    const residents = this.#residents;
    const snapshot = await buildSnapshot({ ...options, supergraphSdl, readiness, residents });
    // Not waited for beyond their own time limits: without keys or endpoints it starts, and says that it is not ready.
    const { keySets } = snapshot.identities;
    await Promise.all([...keySets.map((keys) => keys.warm()), snapshot.upstreams.started]);
    const before = this.#generations.started ? this.#generations.current.graph : undefined;
    await snapshot.graph?.warm(before?.hot() ?? []);
    return snapshot;
  }

  #notReadyBecause(): readonly string[] {
    const reasons: string[] = [...(this.#placed?.() ?? [])];
    if (this.#public.draining) reasons.push('draining');
    // Only until keys were had once: an outage of an issuer must not take every gateway out of service.
    if (this.#generations.started && !this.#hadKeys) {
      const missing = this.#generations.current.identities.keySets.filter((keys) => !keys.ready);
      this.#hadKeys = missing.length === 0;
      for (const keys of missing) {
        reasons.push(`the token issuer's keys could not be fetched yet: ${keys.label}`);
        void keys.warm();
      }
    }
    if (this.#generations.started && !this.#hadEndpoints) {
      const missing = this.#generations.current.upstreams.missing();
      this.#hadEndpoints = missing.length === 0;
      reasons.push(...missing);
    }
    return reasons;
  }

  #livePage(token: () => string | undefined): AdminPage | undefined {
    const { observer, clock, logger, metrics } = this.#residents;
    if (!this.#options.config.admin?.page) return undefined;
    observer.attach({
      plain: this.#generations,
      folder: this.#options.folder,
      onSwitch: (answering) => {
        this.#answering = answering;
      },
    });
    this.#live = openLive({
      clock,
      logger,
      observer,
      token,
      endpoints: () => this.#generations.current.upstreams.view(),
      metrics: () => metrics.snapshot(),
      process: () => ({
        process: 'gateway',
        generations: this.#generations.count,
        version: undefined,
        digest: this.#options.configuration?.digest,
        notReady: this.#notReadyBecause(),
      }),
      serving: () => ({ ...this.#options, graph: this.#generations.current.graph }),
      door: () => doorOf(this.addresses.public, this.#options.config.listen.tls !== undefined),
    });
    return this.#live.page;
  }

  #adminHandler(token: AdminToken): Handler {
    const { clock, metrics, logger } = this.#residents;
    const snapshot = (): Snapshot => this.#generations.current;
    const measure = (): void => {
      snapshot().upstreams.measure();
      this.#residents.bffs.measure();
    };
    const handler = adminHandler({
      token,
      readiness: () => this.#notReadyBecause(),
      metrics: (accept) => {
        measure();
        return metrics.expose(accept);
      },
      metricValues: () => {
        measure();
        return metrics.snapshot();
      },
      logLevel: this.#residents.logLevel,
      revocations: this.#residents.revocations,
      consumers: new ConsumerAdmin({
        config: () => this.#options.config,
        stored: this.#residents.storedConsumers,
        use: this.#residents.keyUse,
        wall: clock.wall,
      }),
      upstreams: () => snapshot().upstreams.view(),
      discovery: () => snapshot().upstreams.viewDiscovery(),
      splits: {
        view: () => snapshot().upstreams.viewSplits(),
        find: (name) => snapshot().upstreams.split(name),
      },
      bffs: bffOperations({
        config: () => this.#options.config,
        ledger: this.#residents.bffs,
        processes: this.#residents.bffProcesses,
      }),
      supergraph: () => ({ ...this.#feed.view, generations: this.#generations.count }),
      flows: this.#residents.flows,
      purgeCaches: (request) => this.#residents.purges.purge(request),
      wall: clock.wall,
      page: this.#livePage(typeof token === 'function' ? token : () => token),
      configuration: this.#options.configuration,
    });
    return adminChain({ ids: makeIdSource(), logger }, handler);
  }
}
