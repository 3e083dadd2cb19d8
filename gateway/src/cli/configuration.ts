/** Loads a configuration for a command, and tells a person everything that is wrong with it. */
import { type Fault, formatFault } from '../config/fault.ts';
import { type Loaded, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Terminal } from './terminal.ts';

/** The configuration, or `undefined` where it is faulty: then every fault has been told. */
export function readConfiguration(file: string, terminal: Terminal): Config | undefined {
  return readLoaded(file, terminal)?.config;
}

/** The same with what it was made of. */
export function readLoaded(file: string, terminal: Terminal): Extract<Loaded, { ok: true }> | undefined {
  const loaded = loadConfig(file, terminal.env);
  if (!loaded.ok) {
    for (const fault of loaded.faults) terminal.err(`${formatFault(fault)}\n`);
    terminal.err(`\n${countOf(loaded.faults.length, 'fault')} in ${loaded.files.join(', ')}\n`);
    return undefined;
  }
  warn(loaded.warnings, terminal);
  return loaded;
}

function warn(warnings: readonly Fault[], terminal: Terminal): void {
  for (const warning of warnings) terminal.err(`${formatFault(warning)} (a warning)\n`);
}

export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
