/** Logs that the primary process of a node keeps for its workers. Both sides are here. */
import type { Clock } from '../core/clock.ts';
import { LogTable } from './log-table.ts';
import type { PrimaryServer } from './primary-server.ts';
import {
  channelOf,
  entryMessage,
  type LogEntry,
  type LogLimits,
  type LogPage,
  type LogWritten,
  PAGE_ENTRIES,
  type SharedLog,
} from './shared-log.ts';
import type { PrimaryCalls } from './store.ts';

/** Lets the primary keep logs. Their limits are said by the workers, which run the same code. */
export function serveLogs(server: PrimaryServer, { clock }: { readonly clock: Clock }): void {
  const tables = new Map<string, LogTable>();
  const tableOf = (name: string, limits: LogLimits): LogTable => {
    let table = tables.get(name);
    if (!table) {
      table = new LogTable({ ...limits, pageEntries: PAGE_ENTRIES }, clock);
      tables.set(name, table);
    }
    return table;
  };
  server.operation('log.write', (argument) => {
    const [name, limits, key, text, onlyFirst] = partsOf(argument);
    const table = tableOf(String(name), limitsOf(limits));
    if (onlyFirst === true && table.has(String(key))) return [0, 0];
    const entry = table.write(String(key), String(text));
    return [entry.number, server.publish(channelOf(String(name)), entryMessage(entry))];
  });
  server.operation('log.since', (argument) => {
    const [name, limits, number] = partsOf(argument);
    return tableOf(String(name), limitsOf(limits)).since(Number(number));
  });
}

export class PrimaryLog implements SharedLog {
  readonly name: string;
  readonly #limits: LogLimits;
  readonly #primary: PrimaryCalls;

  constructor(name: string, limits: LogLimits, primary: PrimaryCalls) {
    this.name = name;
    this.#limits = limits;
    this.#primary = primary;
  }

  async write(key: string, text: string): Promise<LogWritten> {
    return this.#write(key, text, false);
  }

  async writeFirst(key: string, text: string): Promise<void> {
    await this.#write(key, text, true);
  }

  async since(number: number): Promise<LogPage> {
    const page = await this.#primary.callPrimary('log.since', [this.name, this.#limits, number]);
    if (!isPage(page)) throw new TypeError('the primary process gave an unexpected page of a log');
    return page;
  }

  async #write(key: string, text: string, onlyFirst: boolean): Promise<LogWritten> {
    const written = await this.#primary.callPrimary('log.write', [
      this.name,
      this.#limits,
      key,
      text,
      onlyFirst,
    ]);
    const [number, heard] = partsOf(written);
    return { number: Number(number), heard: Number(heard) };
  }
}

function partsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function limitsOf(value: unknown): LogLimits {
  const isLimits = typeof value === 'object' && value !== null && 'keepMs' in value && 'maxEntries' in value;
  if (!isLimits) throw new TypeError("expected a log's limits");
  return { keepMs: Number(value.keepMs), maxEntries: Number(value.maxEntries) };
}

function isPage(value: unknown): value is LogPage {
  return (
    typeof value === 'object' &&
    value !== null &&
    'entries' in value &&
    Array.isArray(value.entries) &&
    value.entries.every(isEntry) &&
    'complete' in value &&
    'isLast' in value &&
    'nowMs' in value
  );
}

function isEntry(value: unknown): value is LogEntry {
  return (
    typeof value === 'object' && value !== null && 'number' in value && 'key' in value && 'text' in value
  );
}
