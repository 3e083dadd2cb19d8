/**
 * The running gateway: a public listener and, where configured, one for operators, over the current snapshot. A new
 * configuration is built beside the old one and takes over by one assignment; the old one is disposed of when its
 * last request has ended. A configuration that cannot be built changes nothing.
 */
import type { Config } from './config/schema.ts';
import type { FrontdeskError } from './core/errors.ts';
import type { Exchange, Handler, Reply } from './core/exchange.ts';
import { adminHandler } from './handlers/admin.ts';
import { createListener, type Listener } from './listener/http.ts';
import { listenConfig } from './listener/listen-config.ts';
import { adminChain } from './pipeline.ts';
import { openResidents, type Residents } from './residents.ts';
import { buildSnapshot, type Snapshot } from './snapshot.ts';
import { makeIdSource } from './wire/trace-context.ts';

export interface GatewayOptions {
  readonly config: Config;
  /** The configuration file's folder: BFF packages are looked for from here. */
  readonly folder: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Running {
  readonly addresses: { readonly public: Address; readonly admin: Address | undefined };
  /** Takes over another configuration, whole or not at all. `listen`, `admin`, `workers` and `state` stay as they are. */
  replace(options: GatewayOptions): Promise<void>;
  /** Finishes what is under way, for as long as `listen.drain` allows, and ends. */
  drain(): Promise<void>;
}

/** A snapshot and the requests that began with it. */
interface Generation {
  readonly snapshot: Snapshot;
  inFlight: number;
  retired: boolean;
}

/** Rejects with whatever makes the configuration impossible (see `buildSnapshot`) or with a `ListenError`. */
export async function startGateway(options: GatewayOptions): Promise<Running> {
  const residents = await openResidents(options.config);
  const gateway = new Gateway(options, residents);
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
  readonly #options: GatewayOptions;
  readonly #public: Listener;
  readonly #admin: Listener | undefined;
  #current: Generation | undefined;
  #addresses: Running['addresses'] | undefined;
  #hadKeys = false;

  constructor(options: GatewayOptions, residents: Residents) {
    const { config } = options;
    const { clock, logger, metrics } = residents;
    const common = { clock, logger, meter: metrics };
    this.#options = options;
    this.#residents = residents;
    this.#public = createListener({
      ...common,
      config: config.listen,
      handle: (exchange) => this.#handle(exchange),
      refuse: (exchange, error) => this.#refuse(exchange, error),
      name: 'public',
      portOption: 'listen.port or --port',
    });
    if (config.admin) {
      const { host, port, token } = config.admin;
      this.#admin = createListener({
        ...common,
        config: listenConfig.parse({ host, port }),
        handle: this.#adminHandler(token),
        name: 'admin',
        portOption: 'admin.port',
      });
    }
  }

  get addresses(): Running['addresses'] {
    if (!this.#addresses) throw new TypeError('the gateway has not started');
    return this.#addresses;
  }

  async start(): Promise<void> {
    this.#current = await this.#build(this.#options);
    const admin = await this.#admin?.listen();
    this.#addresses = { public: await this.#public.listen(), admin };
  }

  async replace(options: GatewayOptions): Promise<void> {
    const next = await this.#build(options);
    const old = this.#current;
    this.#current = next;
    if (old) {
      old.retired = true;
      this.#disposeIfDone(old);
    }
  }

  async drain(): Promise<void> {
    const { logger } = this.#residents;
    logger.info({}, 'draining');
    const { cut } = await this.#public.drain();
    if (cut > 0) logger.warn({ requests: cut }, 'the grace time is over: requests were cut off');
    logger.info({}, 'drained');
    await this.abandon();
  }

  /** Ends at once. */
  async abandon(): Promise<void> {
    await this.#public.close();
    await this.#admin?.close();
    await this.#current?.snapshot.dispose();
    await this.#residents.close();
  }

  async #build(options: GatewayOptions): Promise<Generation> {
    const readiness = (): readonly string[] => this.#notReadyBecause();
    const snapshot = await buildSnapshot({ ...options, readiness, residents: this.#residents });
    // Not waited for beyond its own time limit: without keys the gateway starts, and says that it is not ready.
    await snapshot.identities.jwks?.warm();
    return { snapshot, inFlight: 0, retired: false };
  }

  #handle(exchange: Exchange): Promise<Reply> {
    const generation = this.#generation();
    generation.inFlight += 1;
    const replied = generation.snapshot.handle(exchange);
    replied.then(
      (reply) => reply.settlement.settled.then(() => this.#leave(generation)),
      () => this.#leave(generation),
    );
    return replied;
  }

  #refuse(exchange: Exchange, error: FrontdeskError): Promise<Reply> {
    return this.#generation().snapshot.refuse(exchange, error);
  }

  #generation(): Generation {
    if (!this.#current) throw new TypeError('a request before there is a configuration');
    return this.#current;
  }

  #leave(generation: Generation): void {
    generation.inFlight -= 1;
    if (generation.retired) this.#disposeIfDone(generation);
  }

  #disposeIfDone(generation: Generation): void {
    if (generation.inFlight > 0) return;
    generation.snapshot.dispose().catch((error: unknown) => {
      this.#residents.logger.error({ error }, 'a retired configuration could not be disposed of');
    });
  }

  #notReadyBecause(): readonly string[] {
    const reasons: string[] = [];
    if (this.#public.draining) reasons.push('draining');
    const jwks = this.#current?.snapshot.identities.jwks;
    // Only until keys were had once: an outage of the issuer must not take every gateway out of service.
    if (jwks && !this.#hadKeys) {
      this.#hadKeys = jwks.ready;
      if (!this.#hadKeys) {
        reasons.push("the token issuer's keys could not be fetched yet");
        void jwks.warm();
      }
    }
    return reasons;
  }

  #adminHandler(token: string | undefined): Handler {
    const { clock, metrics, logger } = this.#residents;
    const snapshot = (): Snapshot => this.#generation().snapshot;
    const handler = adminHandler({
      token,
      readiness: () => this.#notReadyBecause(),
      metrics: {
        contentType: metrics.contentType,
        text: () => {
          snapshot().upstreams.measure();
          return metrics.text();
        },
      },
      revoke: (jti, ttlMs) => snapshot().identities.revocations.revoke(jti, clock.wall() + ttlMs),
      upstreams: () => snapshot().upstreams.view(),
      wall: clock.wall,
    });
    return adminChain({ ids: makeIdSource(), logger }, handler);
  }
}
