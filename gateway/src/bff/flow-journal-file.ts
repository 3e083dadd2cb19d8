/**
 * Journals in one file of this node: each change is appended and written through to the disk before it is answered, so that
 * what a step may have done is known after whatever ended the process. Changes that come while the disk is busy go
 * together. A line is whole or not there, which its checksum tells; when most lines are no longer true the file is
 * written anew beside itself and put in its place by one rename. One process writes it.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { holdFile } from '../state/file-hold.ts';
import { storeGone } from '../state/store.ts';
import type { FlowJournal, FlowJournals } from './flow-journal.ts';
import { journalOver } from './flow-journal-memory.ts';
import { type FlowRow, FlowTable } from './flow-table.ts';

const HEAD = 'frontdesk-flows 1\n';
const OWNER_ONLY = 0o600;
/** Lines beyond twice the rows after which the file is written anew. */
const SPARE_LINES = 10_000;

export interface FileFlowJournalsOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Handle = Awaited<ReturnType<typeof open>>;

export class FileFlowJournals implements FlowJournals {
  readonly outlives = 'node';
  readonly #options: FileFlowJournalsOptions;
  readonly #letGo: () => Promise<void>;
  readonly #tables = new Map<string, FlowTable>();
  readonly #journals = new Map<string, FlowJournal>();
  /** Changes that are not on the disk yet, by BFF and run. */
  #changed = new Map<string, string>();
  /** The write under way; it rejects where it fails. */
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #handle: Handle | undefined;
  #lines = 0;
  #isBroken = false;

  private constructor(options: FileFlowJournalsOptions, letGo: () => Promise<void>) {
    this.#options = options;
    this.#letGo = letGo;
  }

  /** Reads what is there: runs whose process is gone are anybody's. Rejects where the file cannot be had or written. */
  static async open(options: FileFlowJournalsOptions): Promise<FileFlowJournals> {
    await mkdir(dirname(options.file), { recursive: true });
    const letGo = await holdFile(options.file);
    const journals = new FileFlowJournals(options, letGo);
    try {
      await journals.#read();
      await journals.#rewrite();
    } catch (error) {
      await letGo();
      throw error;
    }
    return journals;
  }

  of(bff: string): FlowJournal {
    let journal = this.#journals.get(bff);
    if (!journal) {
      journal = journalOver(this.#table(bff), () => this.#saved());
      this.#journals.set(bff, journal);
    }
    return journal;
  }

  async close(): Promise<void> {
    await this.#saved().catch(() => {});
    await this.#handle?.close();
    this.#handle = undefined;
    await this.#letGo();
  }

  #table(bff: string): FlowTable {
    let table = this.#tables.get(bff);
    if (!table) {
      const { clock } = this.#options;
      table = new FlowTable({
        clock,
        changed: (id, row) => this.#changed.set(`${bff} ${id}`, lineOf(bff, id, row)),
      });
      this.#tables.set(bff, table);
    }
    return table;
  }

  /** Resolves when all that was changed until now is on the disk. Rejects where it cannot be. */
  #saved(): Promise<void> {
    if (this.#changed.size === 0 && !this.#isBroken) return this.#next ?? this.#writing;
    if (!this.#next) {
      const before = this.#writing.catch(() => {});
      const next = before.then(() => {
        this.#next = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
      this.#next = next;
    }
    return this.#next;
  }

  async #write(): Promise<void> {
    const lines = [...this.#changed.values()];
    this.#changed = new Map();
    try {
      // What could not be written before is in the tables.
      if (this.#isBroken || this.#lines + lines.length > 2 * this.#rows() + SPARE_LINES)
        await this.#rewrite();
      else {
        await this.#handle?.appendFile(lines.join(''));
        await this.#handle?.datasync();
        this.#lines += lines.length;
      }
      this.#isBroken = false;
    } catch (cause) {
      this.#isBroken = true;
      throw storeGone('the journal of flows cannot be written', cause);
    }
  }

  #rows(): number {
    let rows = 0;
    for (const table of this.#tables.values()) rows += table.size;
    return rows;
  }

  async #rewrite(): Promise<void> {
    const { file } = this.#options;
    const beside = `${file}.new`;
    const handle = await open(beside, 'w', OWNER_ONLY);
    try {
      const lines = [HEAD];
      for (const [bff, table] of this.#tables)
        for (const row of table.rows()) lines.push(lineOf(bff, row.id, row));
      await handle.writeFile(lines.join(''));
      await handle.datasync();
      await rename(beside, file);
      this.#lines = lines.length - 1;
    } catch (error) {
      await handle.close();
      throw error;
    }
    // The rename itself must be on the disk, or a crash brings the old file back.
    await syncFolder(dirname(file));
    const before = this.#handle;
    this.#handle = handle;
    await before?.close();
  }

  async #read(): Promise<void> {
    const { file, logger } = this.#options;
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    const [head, ...lines] = text.split('\n');
    if (text !== '' && `${head}\n` !== HEAD) throw new Error(`${file} is no journal of flows`);
    // Whoever was killed while it wrote left a line without an end, which was answered to nobody.
    lines.pop();
    let damaged = 0;
    for (const line of lines) {
      const read = readLine(line);
      if (!read) damaged += 1;
      else if (read.row) this.#table(read.bff).restore(read.row);
      else this.#table(read.bff).forget(read.id);
    }
    for (const table of this.#tables.values()) table.endLeases();
    if (damaged > 0)
      logger.error({ file, damaged }, 'the journal of flows is damaged: lines could not be read');
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `CHECKSUM JSON`; the JSON is `[bff, id, row or null]`. */
function lineOf(bff: string, id: string, row: FlowRow | undefined): string {
  const text = JSON.stringify([bff, id, row ?? null]);
  return `${checksum(text)} ${text}\n`;
}

function readLine(line: string): { bff: string; id: string; row: FlowRow | undefined } | undefined {
  const text = line.slice(9);
  if (line.slice(0, 8) !== checksum(text)) return undefined;
  const read: unknown = JSON.parse(text);
  const [bff, id, row]: unknown[] = Array.isArray(read) ? read : [];
  if (typeof bff !== 'string' || typeof id !== 'string') return undefined;
  if (row === null) return { bff, id, row: undefined };
  return isRow(row) ? { bff, id, row: row.state === 'settled' ? row : { ...row, until: 0 } } : undefined;
}

function isRow(value: unknown): value is FlowRow {
  return (
    typeof value === 'object' && value !== null && 'state' in value && 'token' in value && 'document' in value
  );
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
