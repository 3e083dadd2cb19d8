/** The reader of configurations that `serve` has, and what it tells the terminal of changes. */
import { join } from 'node:path';
import { type BffProcessOrder, underOrder } from '../bffs-apart/bff-process-order.ts';
import type { Attempt } from '../change/attempt.ts';
import type { Begun } from '../change/begun.ts';
import type { ChangeSource } from '../change/change.ts';
import { ConfigReader, faultLines } from '../change/config-reader.ts';
import type { Handed } from '../change/handed.ts';
import { LastGood } from '../change/last-good.ts';
import { Reloads } from '../change/reloads.ts';
import { formatFault } from '../config/fault.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../core/clock.ts';
import { countOf } from './configuration.ts';
import { overridden, type ServeFlags, supergraphOptions } from './serve-options.ts';
import { DEFAULT_FILE, type Terminal } from './terminal.ts';

/** Where the last good configuration is kept, for who starts the gateway in a container. */
export const LAST_GOOD_VARIABLE = 'FRONTDESK_LAST_GOOD';

const SAID: Readonly<Record<ChangeSource, string>> = {
  start: 'start',
  file: 'the files changed',
  signal: 'SIGHUP',
  admin: 'PUT /admin/config',
  'last-good': 'the last good one',
};

export interface Opened {
  readonly reloads: Reloads;
  readonly begun: Begun;
}

/** `undefined` where there is nothing to start with, and every fault has been told. Throws where the command line is wrong. */
export function openReloads(
  flags: ServeFlags,
  terminal: Terminal,
  order?: BffProcessOrder,
  handed?: Handed,
): Opened | undefined {
  const file = flags.config ?? (flags.supergraph === undefined ? DEFAULT_FILE : undefined);
  const shape = (read: Config | undefined): Config => {
    if (!read) return supergraphOptions(flags);
    const config = overridden(read, flags, file ?? DEFAULT_FILE);
    // What the gateway runs for a BFF changes when the gateway says so.
    return order ? { ...underOrder(config, order), reload: { ...config.reload, watch: false } } : config;
  };
  const reader = new ConfigReader({ file, environment: terminal.env, shape });
  const kept = order ? undefined : lastGoodFile(flags, terminal.env);
  const lastGood = kept === undefined ? undefined : new LastGood(kept);
  const reloads = new Reloads({ reader, clock: systemClock, lastGood });
  const begun = reloads.start(handed);
  if (!begun.ok) {
    if (begun.reason !== undefined) throw new Error(begun.reason);
    for (const line of faultLines(begun)) terminal.err(`${line}\n`);
    terminal.err(`\n${countOf(begun.faults.length, 'fault')} in ${begun.files.join(', ')}\n`);
    return undefined;
  }
  for (const warning of begun.warnings) terminal.err(`${formatFault(warning)} (a warning)\n`);
  if (begun.standsInBecause !== undefined) {
    const since = new Date(begun.version.at).toISOString();
    terminal.err(`The configuration that was good last, of ${since}, serves: ${begun.standsInBecause}\n`);
  }
  return { reloads, begun };
}

/** What became of a change, for whoever looks at the terminal. */
export function tellAttempt(attempt: Attempt, terminal: Terminal): void {
  const { source, outcome, faults, reasons, waits } = attempt;
  const said = SAID[source];
  if (outcome === 'applied') {
    const rest = waits.length > 0 ? `; changes of ${waits.join(', ')} take effect at the next start` : '';
    terminal.err(`${said}: the new configuration serves${rest}\n`);
  } else if (outcome === 'refused') {
    for (const fault of faults) terminal.err(`${formatFault(fault)}\n`);
    const why = faults.length > 0 ? '' : `: ${reasons.join('; ')}`;
    terminal.err(`${said}: the old configuration goes on${why}\n`);
  }
}

/** By the flag, the environment, or where systemd gives a service a place for its state. */
function lastGoodFile({ lastGood }: ServeFlags, environment: Terminal['env']): string | undefined {
  const { [LAST_GOOD_VARIABLE]: named, STATE_DIRECTORY: folder } = environment;
  if (lastGood !== undefined) return lastGood;
  if (named) return named;
  return folder ? join(folder, 'last-good.json') : undefined;
}
