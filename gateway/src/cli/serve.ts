/**
 * `frontdesk serve`: starts the gateway and stays until a signal. SIGTERM and SIGINT drain: what was accepted is
 * finished, then the process ends with 0, after 25 seconds at the latest; a second signal ends it at once, and so does a
 * first one while the gateway still starts. SIGHUP reads the configuration and its supergraph again and takes them
 * over, whole or not at all.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Address, GatewayOptions, Running } from '../app.ts';
import type { Config } from '../config/schema.ts';
import type { SupervisedEnd } from '../processes/link.ts';
import { openBffProcess } from './bff-process.ts';
import { reasonOf } from './reason.ts';
import { configure, type ServeFlags } from './serve-options.ts';
import { type Serving, servePrimary, workerCount } from './serve-primary.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

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
/** What is made once, when the gateway starts. */
const START_ONLY = ['listen', 'admin', 'workers', 'state', 'flows', 'telemetry'] as const;
const LONGEST_TIMER_MS = 2_147_483_647;
const EXIT_INTERRUPTED = 130;

/** Resolves when the gateway has drained, with the exit code. */
export async function serve(
  flags: ServeFlags,
  terminal: Terminal,
  signals: Signals,
  application: Application,
  channel: SupervisedEnd = process,
): Promise<number> {
  const stop = Promise.withResolvers<string>();
  const own = openBffProcess(terminal, channel, () => stop.resolve('the gateway is gone'));
  let asked = false;
  let started = false;
  const letGo = stayAlive();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    signals.on(signal, () => {
      if (asked) signals.exit(EXIT_INTERRUPTED);
      asked = true;
      if (!started) {
        terminal.err(`${signal}: ending before anything was served\n`);
        letGo();
        signals.exit(EXIT_OK);
      }
      stop.resolve(signal);
    });
  }
  let running: Serving;
  let begun: Config;
  try {
    const options = await configure(flags, terminal, own?.order);
    if (!options) return EXIT_FAILED;
    begun = options.config;
    running =
      workerCount(options) > 1 ? await servePrimary(options) : await application.startGateway(options);
    started = true;
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
  holdStrayErrors(running, terminal, signals);
  signals.on('SIGHUP', () => void reload(running, begun, flags, terminal));
  terminal.err(`${await stop.promise}: finishing what is under way\n`);
  await drainWithin(running, terminal);
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

/** Never rejects: what is wrong is told, and what runs goes on. */
async function reload(running: Serving, begun: Config, flags: ServeFlags, terminal: Terminal): Promise<void> {
  try {
    const options = await configure(flags, terminal);
    if (!options) {
      terminal.err('SIGHUP: the old configuration goes on\n');
      return;
    }
    await running.replace(options);
    const late = START_ONLY.filter((key) => !isDeepStrictEqual(options.config[key], begun[key]));
    const rest = late.length > 0 ? `; changes of ${late.join(', ')} take effect at the next start` : '';
    terminal.err(`SIGHUP: the new configuration serves${rest}\n`);
  } catch (error) {
    terminal.err(`SIGHUP: the old configuration goes on: ${reasonOf(error)}\n`);
  }
}

export async function drainWithin(running: Pick<Running, 'drain'>, terminal: Terminal): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    terminal.err(`not done after ${DRAIN_WITHIN_MS / 1_000} s: ending all the same\n`);
    late.resolve();
  }, DRAIN_WITHIN_MS);
  try {
    await Promise.race([running.drain(), late.promise]);
  } catch (error) {
    terminal.err(`draining failed: ${reasonOf(error)}\n`);
  } finally {
    clearTimeout(timer);
  }
}

function urlOf({ host, port }: Address, scheme: string): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
