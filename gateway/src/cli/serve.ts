/**
 * `frontdesk serve`: starts the gateway and stays until a signal. SIGTERM and SIGINT drain: what was accepted is
 * finished, then the process ends with 0, after 25 seconds at the latest; a second signal ends it at once, and so does a
 * first one while the gateway still starts. A change of its files, SIGHUP and an operator's PUT put another configuration into
 * force, whole or not at all.
 */
import { resolve } from 'node:path';
import { readHanded } from '../change/handed.ts';
import { OperatorView } from '../change/operator-view.ts';
import type { Reloads } from '../change/reloads.ts';
import type { Config } from '../config/schema.ts';
import type { SupervisedEnd } from '../processes/link.ts';
import { writePidFile } from '../processes/pid-file.ts';
import { type Listening, predecessorOf, type SuccessorEnd } from '../processes/succession.ts';
import type { Address, GatewayOptions, Running } from '../running.ts';
import { type BffProcess, openBffProcess } from './bff-process.ts';
import { drainWithin } from './draining.ts';
import { reasonOf } from './reason.ts';
import type { ServeFlags } from './serve-options.ts';
import { type Serving, serveAlone, servePrimary, workerCount } from './serve-primary.ts';
import { holdStrayErrors, type Signals, StopSignals } from './signals.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';
import { Upgrade } from './upgrade.ts';

/** What the command needs of the application. */
export interface Application {
  startGateway(options: GatewayOptions): Promise<Running>;
}

const SUCCEEDED = 'SIGUSR2';

/** Resolves when the gateway has drained, with the exit code. */
export async function serve(
  flags: ServeFlags,
  terminal: Terminal,
  signals: Signals,
  application: Application,
  channel: SupervisedEnd & SuccessorEnd = process,
): Promise<number> {
  const before = predecessorOf(process.env, channel);
  const upgrade = new Upgrade(terminal);
  const stop = new StopSignals(signals, terminal, () => upgrade.cancel());
  const own = openBffProcess(terminal, channel, () => stop.ask('the gateway is gone'));
  signals.on('SIGUSR2', async () => {
    if (await upgrade.begin()) stop.ask(SUCCEEDED);
  });
  let started: Started | undefined;
  try {
    started = await start(flags, terminal, application, { before, own });
    if (!started) return EXIT_FAILED;
    stop.serves();
  } catch (error) {
    terminal.err(`The gateway did not start: ${reasonOf(error)}\n`);
    return EXIT_FAILED;
  } finally {
    stop.hasTried();
    if (!started) own?.end();
  }
  const { running, config, reloads, removePidFile } = started;
  const { public: open, admin } = running.addresses;
  own?.ready({ addresses: running.addresses });
  const where = own
    ? `BFF ${own.order.identity.audience}`
    : urlOf(open, config.listen.tls ? 'https' : 'http');
  terminal.err(`Frontdesk serves ${where}${admin ? `, for operators ${urlOf(admin, 'http')}` : ''}\n`);
  upgrade.serves(running, config, () => reloads.handed());
  before?.succeed();
  holdStrayErrors(running, terminal, signals);
  signals.on('SIGHUP', () => void reloads.signal());
  const why = await stop.why;
  terminal.err(`${why}: finishing what is under way\n`);
  reloads.close();
  // Nobody is to look elsewhere: there is one that serves at the same place.
  await drainWithin(running, terminal, why === SUCCEEDED ? 0 : undefined);
  removePidFile();
  own?.end();
  return EXIT_OK;
}

/** Who started this process, where it was not a person. */
interface Starters {
  /** The process whose place it takes. */
  readonly before: ReturnType<typeof predecessorOf>;
  /** The gateway that runs it for a BFF. */
  readonly own: BffProcess | undefined;
}

interface Started {
  readonly running: Serving;
  readonly config: Config;
  readonly reloads: Reloads;
  readonly removePidFile: () => void;
}

/** `undefined` where the configuration is faulty, and every fault has been told. What rejects leaves nothing that serves. */
async function start(
  flags: ServeFlags,
  terminal: Terminal,
  application: Application,
  { before, own }: Starters,
): Promise<Started | undefined> {
  // Loaded only here: other commands need no reader of configurations.
  const { openReloads, tellAttempt } = await import('./reloading.ts');
  const opened = openReloads(flags, terminal, own?.order, readHanded(await before?.handed()));
  if (!opened) return undefined;
  const { reloads, begun } = opened;
  const { config } = begun;
  const options = { config, folder: reloads.folder, configuration: new OperatorView(reloads) };
  const place = before && { inherit: (listener: Listening) => before.socketOf(listener) };
  const adminToken = () => reloads.config.admin?.token;
  const running =
    workerCount(options) > 1
      ? await servePrimary({ ...options, begun, adminToken, inherit: place?.inherit })
      : await serveAlone(await application.startGateway({ ...options, place }), begun, options.folder);
  try {
    const { pidFile } = config;
    const removePidFile = pidFile === undefined ? () => {} : writePidFile(resolve(options.folder, pidFile));
    reloads.follow({
      ...running.telemetry,
      target: running.target,
      told: (attempt) => tellAttempt(attempt, terminal),
    });
    return { running, config, reloads, removePidFile };
  } catch (error) {
    await drainWithin(running, terminal, 0);
    throw error;
  }
}

function urlOf({ host, port }: Address, scheme: string): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
