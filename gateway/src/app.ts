/**
 * The running gateway: a public listener and, where configured, one for operators, over the current snapshot. A new
 * configuration, or a new supergraph under the same one, is built beside what serves and takes over by one assignment;
 * what it replaces is disposed of when its last request has ended. What cannot be built changes nothing.
 */

import { type GatewayAdmin, gatewayAdmin } from './admin/gateway-admin.ts';
import type { Config } from './config/schema.ts';
import { FrontdeskError } from './core/errors.ts';
import type { Handler } from './core/exchange.ts';
import { SupergraphFeed } from './graph-feed/supergraph-feed.ts';
import type { AdminToken } from './handlers/admin/admin.ts';
import { createListener } from './listener/http.ts';
import { listenConfig } from './listener/listen-config.ts';
import type { Listener } from './listener/listener.ts';
import type { Answering } from './live/observer.ts';
import { Readiness } from './readiness.ts';
import { openResidents, type Residents } from './residents/residents.ts';
import type { GatewayOptions, Prepared, Running } from './running.ts';
import { withSharedTickets } from './sharing/shared-tickets.ts';
import { Generations } from './snapshot/generations.ts';
import { buildSnapshot, type Snapshot } from './snapshot/snapshot.ts';

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
  readonly #readiness: Readiness;
  readonly #generations: Generations<Snapshot>;
  /** What requests are asked of: the generations, or an observer in front of them. */
  #answering: Answering;
  #operators: GatewayAdmin | undefined;
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
      onConnection: residents.shedder?.newcomer,
      onDrain: () => residents.streams.endAll(new FrontdeskError('draining'), drainSpread(config.listen)),
      name: 'public',
      portOption: 'listen.port or --port',
      source: place?.source,
      inherit: inherit && (() => inherit('public')),
    });
    this.#readiness = new Readiness({
      draining: () => this.#public.draining,
      serving: () => (this.#generations.started ? this.#generations.current : undefined),
      further: place?.notReady,
    });
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
    return this.#readiness.because();
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
    this.#operators?.close();
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

  #adminHandler(token: AdminToken): Handler {
    this.#operators = gatewayAdmin({
      token,
      serving: () => this.#options,
      configuration: this.#options.configuration,
      residents: this.#residents,
      generations: this.#generations,
      feed: this.#feed,
      readiness: () => this.#readiness.because(),
      publicAddress: () => this.addresses.public,
      onSwitch: (answering) => {
        this.#answering = answering;
      },
    });
    return this.#operators.handler;
  }

  async #build(options: GatewayOptions, supergraphSdl: string | undefined): Promise<Snapshot> {
    const readiness = (): readonly string[] => this.#readiness.because();
    const residents = this.#residents;
    const snapshot = await buildSnapshot({ ...options, supergraphSdl, readiness, residents });
    // Not waited for beyond their own time limits: without keys or endpoints it starts, and says that it is not ready.
    const { keySets } = snapshot.identities;
    await Promise.all([...keySets.map((keys) => keys.warm()), snapshot.upstreams.started]);
    const before = this.#generations.started ? this.#generations.current.graph : undefined;
    await snapshot.graph?.warm(before?.hot() ?? []);
    return snapshot;
  }
}
