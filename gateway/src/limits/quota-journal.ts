/**
 * Quotas of the calendar (windows of a day or a month) in a file, so that they survive the process that counts them in
 * memory. What changed is appended twice a second and when the gateway ends; a line is whole or not there, which its
 * checksum tells. When the file holds much that is no longer true it is written anew beside itself and put in its place
 * by one rename.
 *
 * Invariants: whatever ends the process, at most the draws of its last second are forgotten; the file is bounded, and
 * so is what is remembered of keys that memory had no more room for, also while nothing can be written. One process
 * writes it. Keys are hashed: no id and no address lies on disk.
 */
import { appendFile, copyFile, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { holdFile } from '../state/file-hold.ts';
import { FixedWindow, windowEnd } from './algorithms/fixed-window.ts';
import { digestOf } from './bucket-key.ts';
import type { FixedWindowSpec, LimitSpec } from './limiter.ts';

const FLUSH_MS = 500;
const HEAD = 'frontdesk-quotas 1';
const DEFAULT_MAX_KEYS = 100_000;
/** Lines beyond twice the keys after which the file is written anew. */
const SPARE_LINES = 1000;
/** A line is about 70 bytes; more than this was not written here. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const OWNER_ONLY = 0o600;

export interface QuotaJournalOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keys that are remembered; of more the oldest are forgotten. */
  readonly maxKeys?: number;
}

/** What was drawn in one window. */
interface Entry {
  readonly used: number;
  readonly endMs: number;
  readonly windowMs: number;
  readonly period: string;
}

/** Whether what is drawn from it outlives the process: a day's or a month's quota. */
export function isQuota(spec: LimitSpec): spec is FixedWindowSpec {
  return spec.algorithm === 'fixed-window' && (spec.period === 'day' || spec.period === 'month');
}

export class QuotaJournal {
  readonly #options: QuotaJournalOptions;
  readonly #maxKeys: number;
  /** By the digest of the key. */
  readonly #entries = new Map<string, Entry>();
  /** Drawn from since the last flush, by the key itself. */
  #changed = new Map<string, FixedWindow>();
  #lines = 0;
  #disarm: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;
  readonly #letGo: () => Promise<void>;

  private constructor(options: QuotaJournalOptions, letGo: () => Promise<void>) {
    this.#options = options;
    this.#letGo = letGo;
    this.#maxKeys = options.maxKeys ?? DEFAULT_MAX_KEYS;
  }

  /** Reads what can be read. Rejects where the file can be neither read nor written, or another process writes it. */
  static async open(options: QuotaJournalOptions): Promise<QuotaJournal> {
    await mkdir(dirname(options.file), { recursive: true });
    const { letGo } = await holdFile(options.file);
    const journal = new QuotaJournal(options, letGo);
    try {
      await journal.#read();
      await journal.#rewrite();
    } catch (error) {
      await letGo();
      throw error;
    }
    return journal;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** What is known of a key that is new to memory; under another window what was drawn in one that is open counts. */
  recall(key: string, spec: FixedWindowSpec, nowMs: number): FixedWindow | undefined {
    const changed = this.#changed.get(key);
    const entry = changed ? entryOf(changed) : this.#entries.get(digestOf(key));
    if (!entry || entry.endMs <= nowMs) return undefined;
    // Of a window that is open the end is known: one that was written by a clock gone wrong would never come.
    return new FixedWindow(spec, entry.used, windowEnd(spec, nowMs), nowMs);
  }

  /** Something was drawn. */
  note(key: string, state: FixedWindow): void {
    this.#changed.set(key, state);
    this.#disarm ??= this.#options.clock.after(FLUSH_MS, () => {
      this.#disarm = undefined;
      void this.flush();
    });
  }

  /** Writes what changed. Never rejects: what cannot be written is tried again with the next change. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async close(): Promise<void> {
    this.#disarm?.();
    this.#disarm = undefined;
    await this.flush();
    await this.#letGo();
  }

  async #write(): Promise<void> {
    if (this.#changed.size === 0 && !this.#isFailing) return;
    const changed = this.#changed;
    this.#changed = new Map();
    const lines: string[] = [];
    for (const [key, state] of changed) {
      const digest = digestOf(key);
      const entry = entryOf(state);
      this.#remember(digest, entry);
      lines.push(lineOf(digest, entry));
    }
    try {
      // What could not be written before is among the entries.
      const isLong = this.#lines + lines.length > 2 * this.#entries.size + SPARE_LINES;
      if (isLong || this.#isFailing) await this.#rewrite();
      else {
        await appendFile(this.#options.file, lines.join(''), { mode: OWNER_ONLY, flush: true });
        this.#lines += lines.length;
      }
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#warn(error, 'quotas cannot be written: a restart would forget them');
      this.#isFailing = true;
    }
  }

  #remember(digest: string, entry: Entry): void {
    // What was drawn from last goes last.
    this.#entries.delete(digest);
    this.#entries.set(digest, entry);
    if (this.#entries.size <= this.#maxKeys) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  async #rewrite(): Promise<void> {
    const { file, clock } = this.#options;
    const nowMs = clock.wall();
    for (const [digest, { endMs }] of this.#entries) if (endMs <= nowMs) this.#entries.delete(digest);
    const lines = [`${HEAD}\n`];
    for (const [digest, entry] of this.#entries) lines.push(lineOf(digest, entry));
    const beside = `${file}.new`;
    const handle = await open(beside, 'w', OWNER_ONLY);
    try {
      await handle.writeFile(lines.join(''));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    this.#lines = this.#entries.size;
  }

  async #read(): Promise<void> {
    const { file } = this.#options;
    let text: string;
    try {
      text = (await readFile(file)).subarray(0, MAX_FILE_BYTES).toString('latin1');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    const [head, ...lines] = text.split('\n');
    // Whoever was killed while it wrote left a line without an end.
    lines.pop();
    let damaged = head === HEAD || text === '' ? 0 : 1;
    for (const line of lines) {
      const read = readLine(line);
      if (read) this.#remember(read.digest, read.entry);
      else damaged += 1;
    }
    if (damaged === 0) return;
    const kept = `${file}.damaged`;
    await copyFile(file, kept);
    this.#options.logger.warn(
      { file, kept, damaged, read: this.#entries.size },
      'the file of quotas is damaged: what could be read holds, the rest begins anew',
    );
  }

  #warn(error: unknown, message: string): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ file: this.#options.file, reason }, message);
  }
}

function entryOf({ used, endMs, spec }: FixedWindow): Entry {
  return { used, endMs, windowMs: spec.windowMs, period: spec.period ?? '' };
}

/** `CHECKSUM DIGEST USED END WINDOW PERIOD` */
function lineOf(digest: string, { used, endMs, windowMs, period }: Entry): string {
  const text = `${digest} ${used} ${endMs} ${windowMs} ${period}`;
  return `${checksum(text)} ${text}\n`;
}

function readLine(line: string): { digest: string; entry: Entry } | undefined {
  const space = line.indexOf(' ');
  const text = line.slice(space + 1);
  if (space < 0 || line.slice(0, space) !== checksum(text)) return undefined;
  const [digest = '', used, endMs, windowMs, period = ''] = text.split(' ');
  const entry = { used: Number(used), endMs: Number(endMs), windowMs: Number(windowMs), period };
  const isSense = entry.used >= 0 && Number.isFinite(entry.used + entry.endMs + entry.windowMs);
  return isSense ? { digest, entry } : undefined;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
