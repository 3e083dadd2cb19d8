/**
 * The process that keeps the workers: it accepts connections and gives each to one of them, keeps what they share in memory,
 * answers operators for all, and serves no request itself.
 */
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { doorOf, type Live } from '../admin/live-operations.ts';
import type { StartConfig } from '../change/restart.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type AdminConfig, answerConfig, CONFIG_PATH } from '../handlers/admin/admin-config.ts';
import { acceptWaiting, waited } from '../listener/drain.ts';
import { listenOn } from '../listener/entrance.ts';
import { createListener } from '../listener/http.ts';
import { listenConfig } from '../listener/listen-config.ts';
import type { Listener } from '../listener/listener.ts';
import { ProcessFolder } from '../processes/process-folder.ts';
import type { Address, ProcessPlace, Running } from '../running.ts';
import { createPrimaryState, type PrimaryState } from '../sharing/primary.ts';
import { tellBuild } from '../telemetry/build-info.ts';
import { createLogger } from '../telemetry/log.ts';
import { LogLevelSwitch } from '../telemetry/log-level.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createSink, type LineSink } from '../telemetry/sink.ts';
import { type WorkerSettings, workerSettings } from '../workers/config.ts';
import { usableCpus } from '../workers/cpus.ts';
import type { Served } from '../workers/link.ts';
import { WorkerPool } from '../workers/pool.ts';
import { type Program, startWorkerChild } from '../workers/worker-child.ts';
import { type WorkersAdmin, workersAdmin } from './workers-admin.ts';
import { openWorkersLive } from './workers-live.ts';

const STDERR = 2;
/** From the first word to the last request: whoever runs us waits no longer than 25 s, and a worker is given a second more. */
const LEAVE_WITHIN_MS = 23_000;

export interface PrimaryOptions {
  readonly config: StartConfig;
  /** What the workers begin with. */
  readonly served: Served;
  /** How operators see and change what is configured. */
  readonly configuration: AdminConfig;
  /** The secret of `admin.token`, with each request. */
  readonly adminToken: () => string | undefined;
  /** How many of them. */
  readonly count: number;
  readonly program: Program;
  /** Asked when it is time to listen: the socket that the process before this one listened on. */
  readonly inherit?: ProcessPlace['inherit'];
}

export interface Primary {
  readonly addresses: { readonly public: Address; readonly admin: Address | undefined };
  readonly listening: { readonly public: Server | undefined; readonly admin: Server | undefined };
  readonly telemetry: Running['telemetry'];
  /** Its workers, which take over configurations together. */
  readonly pool: WorkerPool;
  /** Lets them finish what is under way, for as long as `listen.drain` allows, and ends. */
  drain(announceMs?: number): Promise<void>;
}

/** Rejects where no worker can be started, and with a `ListenError`. Then nothing is left. */
export async function startPrimary(options: PrimaryOptions): Promise<Primary> {
  const primary = new PrimaryProcess(options);
  try {
    await primary.start();
    return primary;
  } catch (error) {
    await primary.abandon();
    throw error;
  }
}

class PrimaryProcess implements Primary {
  readonly #options: PrimaryOptions;
  readonly #clock: Clock = systemClock;
  readonly #metrics: Metrics;
  readonly #events: LineSink;
  readonly #logger: Logger;
  readonly #logLevel: LogLevelSwitch;
  /** For its owner alone: the workers' sockets for operators. */
  readonly #folder = new ProcessFolder({ kind: 'workers-' });
  readonly #state: PrimaryState;
  readonly #server: Server;
  readonly #admin: Listener | undefined;
  #operators: WorkersAdmin | undefined;
  readonly pool: WorkerPool;
  #addresses: Primary['addresses'] | undefined;
  #live: Live | undefined;

  constructor(options: PrimaryOptions) {
    const { config, served, count, program } = options;
    this.#options = options;
    const { level, metrics } = config.telemetry;
    this.#metrics = createMetrics({ maxSeries: metrics.maxSeries });
    tellBuild(this.#metrics);
    this.#events = createSink({ destination: STDERR, name: 'events', meter: this.#metrics, shared: true });
    const logger = createLogger(level, this.#events);
    this.#logger = logger;
    this.#logLevel = new LogLevelSwitch({ logger, configured: level, clock: this.#clock });
    const common = { clock: this.#clock, logger: this.#logger, meter: this.#metrics };
    const state = createPrimaryState({ ...common, config });
    this.#state = state;
    const settings: WorkerSettings = workerSettings(config.workers);
    const { memory: memoryMb } = settings;
    const started = { ...program, env: { ...program.env, ...state.environment } };
    const adopt = (child: Parameters<PrimaryState['adopt']>[0]): void => state.adopt(child);
    this.pool = new WorkerPool({
      ...common,
      settings,
      count,
      graceMs: config.listen.drain.grace,
      startAtOnce: usableCpus(),
      start: (number) => startWorkerChild({ program: started, number, memoryMb, adopt }),
      served,
      place: { host: config.listen.host, port: config.listen.port },
      adminSocket: config.admin && ((worker, generation) => this.#socketOf(worker, generation)),
      onAdmitted: (worker, generation) => void this.#operators?.admitted(worker, generation),
    });
    this.#server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (socket) =>
      this.pool.dispatch(socket),
    );
    this.#admin = config.admin && this.#makeAdmin(config.admin);
  }

  get addresses(): Primary['addresses'] {
    if (!this.#addresses) throw new TypeError('the primary has not started');
    return this.#addresses;
  }

  get telemetry(): Primary['telemetry'] {
    return { logger: this.#logger, meter: this.#metrics };
  }

  get listening(): Primary['listening'] {
    const { listening } = this.#server;
    return { public: listening ? this.#server : undefined, admin: this.#admin?.listening };
  }

  /** It listens once there is a worker that serves. */
  async start(): Promise<void> {
    const { config, inherit } = this.#options;
    await this.#state.open();
    await this.pool.start();
    const admin = await this.#admin?.listen();
    const portOption = 'listen.port or --port';
    const options = { config: config.listen, portOption, logger: this.#logger };
    this.#addresses = { public: await listenOn(this.#server, options, await inherit?.('public')), admin };
  }

  async drain(announceMs = this.#options.config.listen.drain.announce): Promise<void> {
    const { grace } = this.#options.config.listen.drain;
    const end = this.#clock.now() + LEAVE_WITHIN_MS;
    this.#logger.info({}, 'draining');
    if (announceMs > 0) {
      this.pool.announce();
      await waited(this.#clock, announceMs);
    }
    await acceptWaiting(this.#server, this.#clock);
    this.#server.close();
    // Workers have an end before we do: what one of them is cut off from is told in its log.
    await this.pool.close(Math.max(1, Math.min(grace, end - this.#clock.now())));
    this.#logger.info({}, 'drained');
    await this.abandon();
  }

  /** Ends at once. */
  async abandon(): Promise<void> {
    this.#server.close();
    await this.#admin?.close();
    await this.pool.close();
    this.#live?.close();
    this.#logLevel.close();
    await this.#state.close();
    this.#folder.remove();
    await this.#events.close();
  }

  #openLive(): Live {
    const { config, adminToken } = this.#options;
    this.#live = openWorkersLive({
      clock: this.#clock,
      token: adminToken,
      present: () =>
        this.pool.slots.flatMap(({ number, current }) =>
          current
            ? [
                {
                  number,
                  socket: this.#socketOf(number, current.generation),
                  version: current.version,
                },
              ]
            : [],
        ),
      door: () => doorOf(this.addresses.public, config.listen.tls !== undefined),
    });
    return this.#live;
  }

  #socketOf(worker: number, generation: number): string {
    return join(this.#folder.path, `${worker}-${generation}.sock`);
  }

  #makeAdmin({ host, port, page }: NonNullable<StartConfig['admin']>): Listener {
    const { inherit, configuration, adminToken } = this.#options;
    this.#operators = workersAdmin({
      token: adminToken,
      pool: this.pool,
      socketOf: (worker, generation) => this.#socketOf(worker, generation),
      metrics: this.#metrics,
      logger: this.#logger,
      logLevel: this.#logLevel,
      wall: () => this.#clock.wall(),
      page: page ? this.#openLive().page : undefined,
      own: (exchange) => (exchange.path === CONFIG_PATH ? answerConfig(configuration, exchange) : undefined),
    });
    return createListener({
      clock: this.#clock,
      logger: this.#logger,
      meter: this.#metrics,
      config: listenConfig.parse({ host, port }),
      handle: this.#operators.handle,
      name: 'admin',
      portOption: 'admin.port',
      inherit: inherit && (() => inherit('admin')),
    });
  }
}
