/**
 * `frontdesk serve`: starts the gateway and stays until a signal. SIGTERM and SIGINT drain: what was accepted is
 * finished, then the process ends with 0, after 25 seconds at the latest; a second signal ends it at once, and so does a
 * first one while the gateway still starts. A change of its files, SIGHUP and an operator's PUT put another configuration into
 * force, whole or not at all.
 */
import { resolve } from 'node:path';
import { OperatorView } from '../change/operator-view.ts';
import type { Reloads } from '../change/reloads.ts';
import type { Config } from '../config/schema.ts';
import type { SupervisedEnd } from '../processes/link.ts';
import { writePidFile } from '../processes/pid-file.ts';
import { type Listening, predecessorOf, type SuccessorEnd } from '../processes/succession.ts';
import type { Address, GatewayOptions, Running } from '../running.ts';
import { openBffProcess } from './bff-process.ts';
import { reasonOf } from './reason.ts';
import type { ServeFlags } from './serve-options.ts';
import { type Serving, serveAlone, servePrimary, workerCount } from './serve-primary.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';
import { Upgrade } from './upgrade.ts';

/** What the command needs of the process. */
export interface Signals {
  on(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR2', listener: () => void): unknown;
  on(event: 'unhandledRejection', listener: (error: unknown) => void): unknown;
  on(event: 'uncaughtException', listener: (error: Error) => void): unknown;
  exit(code: number): void;
}

/** What the command needs of the application. */
export interface Application {
  startGateway(options: GatewayOptions): Promise<Running>;
}

const DRAIN_WITHIN_MS = 25_000;
const LONGEST_TIMER_MS = 2_147_483_647;
const EXIT_INTERRUPTED = 130;
const SUCCEEDED = 'SIGUSR2';

/** Resolves when the gateway has drained, with the exit code. */
export async function serve(
  flags: ServeFlags,
  terminal: Terminal,
  signals: Signals,
  application: Application,
  channel: SupervisedEnd & SuccessorEnd = process,
): Promise<number> {
  const stop = Promise.withResolvers<string>();
  const before = predecessorOf(process.env, channel);
  const upgrade = new Upgrade(terminal);
  const own = openBffProcess(terminal, channel, () => stop.resolve('the gateway is gone'));
  let asked = false;
  let started = false;
  const letGo = stayAlive();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    signals.on(signal, () => {
      if (asked) signals.exit(EXIT_INTERRUPTED);
      asked = true;
      upgrade.cancel();
      if (!started) {
        terminal.err(`${signal}: ending before anything was served\n`);
        letGo();
        signals.exit(EXIT_OK);
      }
      stop.resolve(signal);
    });
  }
  signals.on('SIGUSR2', async () => {
    if (await upgrade.begin()) stop.resolve(SUCCEEDED);
  });
  let running: Serving;
  let begun: Config;
  let reloads: Reloads;
  let removePidFile = (): void => {};
  try {
    // Loaded only here: other commands need no reader of configurations.
    const { openReloads, tellAttempt } = await import('./reloading.ts');
    const opened = openReloads(flags, terminal, own?.order);
    if (!opened) return EXIT_FAILED;
    reloads = opened.reloads;
    begun = opened.begun.config;
    const options = { config: begun, folder: reloads.folder, configuration: new OperatorView(reloads) };
    const place = before && { inherit: (listener: Listening) => before.socketOf(listener) };
    running =
      workerCount(options) > 1
        ? await servePrimary({
            ...options,
            begun: opened.begun,
            adminToken: () => opened.reloads.config.admin?.token,
            inherit: place?.inherit,
          })
        : await serveAlone(
            await application.startGateway({ ...options, place }),
            opened.begun,
            options.folder,
          );
    started = true;
    reloads.follow({
      ...running.telemetry,
      target: running.target,
      told: (attempt) => tellAttempt(attempt, terminal),
    });
    if (begun.pidFile !== undefined) removePidFile = writePidFile(resolve(options.folder, begun.pidFile));
  } catch (error) {
    terminal.err(`The gateway did not start: ${reasonOf(error)}\n`);
    return EXIT_FAILED;
  } finally {
    letGo();
    if (!started) own?.end();
  }
  const { public: open, admin } = running.addresses;
  own?.ready({ addresses: running.addresses });
  const where = own ? `BFF ${own.order.identity.audience}` : urlOf(open, begun.listen.tls ? 'https' : 'http');
  terminal.err(`Frontdesk serves ${where}${admin ? `, for operators ${urlOf(admin, 'http')}` : ''}\n`);
  upgrade.serves(running, begun);
  before?.succeed();
  holdStrayErrors(running, terminal, signals);
  signals.on('SIGHUP', () => void reloads.signal());
  const why = await stop.promise;
  terminal.err(`${why}: finishing what is under way\n`);
  reloads.close();
  // Nobody is to look elsewhere: there is one that serves at the same place.
  await drainWithin(running, terminal, why === SUCCEEDED ? 0 : undefined);
  removePidFile();
  own?.end();
  return EXIT_OK;
}

/** A BFF's are held; any other ends the process, as it would without us. */
export function holdStrayErrors(running: Pick<Running, 'holds'>, terminal: Terminal, signals: Signals): void {
  const judge = (error: unknown, kind: 'rejection' | 'exception'): void => {
    if (running.holds(error, kind)) return;
    terminal.err(`an error that nobody handles: ${error instanceof Error ? error.stack : String(error)}\n`);
    signals.exit(EXIT_FAILED);
  };
  signals.on('unhandledRejection', (error) => judge(error, 'rejection'));
  signals.on('uncaughtException', (error) => judge(error, 'exception'));
}

/**
 * Until the returned function is called this process does not end for want of work. A start may wait for nothing but a
 * delay before the next try (keys, endpoints), and no `Clock` keeps a process alive.
 */
function stayAlive(): () => void {
  const timer = setInterval(() => {}, LONGEST_TIMER_MS);
  return () => clearInterval(timer);
}

export async function drainWithin(
  running: Pick<Running, 'drain'>,
  terminal: Terminal,
  announceMs?: number,
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    terminal.err(`not done after ${DRAIN_WITHIN_MS / 1_000} s: ending all the same\n`);
    late.resolve();
  }, DRAIN_WITHIN_MS);
  try {
    await Promise.race([running.drain(announceMs), late.promise]);
  } catch (error) {
    terminal.err(`draining failed: ${reasonOf(error)}\n`);
  } finally {
    clearTimeout(timer);
  }
}

function urlOf({ host, port }: Address, scheme: string): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
