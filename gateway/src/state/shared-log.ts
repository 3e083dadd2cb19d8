/**
 * What all processes must know, whenever they come: entries by key, numbered in the order in which the store took them. A
 * new entry replaces the one with the same key and is told on a channel at once; who was not there reads what came since.
 * Bounded in number and age, and who asks for what is no longer there is told so.
 *
 * Numbers grow with every entry and are never below the store's clock in milliseconds: so they tell when something was
 * said by one clock, and a store that lost everything does not number what follows below what was heard before.
 */
export interface LogEntry {
  readonly number: number;
  readonly key: string;
  readonly text: string;
}

export interface LogPage {
  /** In their order. */
  readonly entries: readonly LogEntry[];
  /** False where entries since then are no longer there. */
  readonly complete: boolean;
  /** Whether there are none after these. */
  readonly isLast: boolean;
  /** The highest number that there ever was. */
  readonly last: number;
  /** The store's clock, ms. */
  readonly nowMs: number;
}

export interface LogWritten {
  readonly number: number;
  /** Processes that heard it, this one included where it follows; `undefined` where the store cannot tell. */
  readonly heard: number | undefined;
}

export interface SharedLog {
  readonly name: string;
  /** Rejects with `storeGone`'s error: whether it was written is not known then. */
  write(key: string, text: string): Promise<LogWritten>;
  /** Writes unless there is an entry with this key. */
  writeFirst(key: string, text: string): Promise<void>;
  /** What was written after the entry of this number; 0 for everything. Rejects likewise. */
  since(number: number): Promise<LogPage>;
}

export interface LogLimits {
  /** How long entries are kept, by the store's clock. */
  readonly keepMs: number;
  readonly maxEntries: number;
}

/** Entries of one answer. */
export const PAGE_ENTRIES = 256;

/** On which messages of a log come: `channelOf(name)`. */
export function channelOf(log: string): string {
  return `log:${log}`;
}

/** What a message says; `undefined` for what is none. */
export function readEntry(message: string): LogEntry | undefined {
  const first = message.indexOf(' ');
  const second = message.indexOf(' ', first + 1);
  const number = Number(message.slice(0, first));
  const length = Number(message.slice(first + 1, second));
  if (first < 1 || second < 0 || !Number.isSafeInteger(number) || !Number.isSafeInteger(length))
    return undefined;
  const from = second + 1;
  return { number, key: message.slice(from, from + length), text: message.slice(from + length) };
}

/** `NUMBER LENGTH-OF-KEY KEYTEXT`. Keys are ASCII: Redis counts bytes. */
export function entryMessage({ number, key, text }: LogEntry): string {
  return `${number} ${key.length} ${key}${text}`;
}
