/**
 * Journals in one file of this node: each change is appended and written through to the disk before it is answered, so that
 * what a step may have done is known after whatever ended the process. Changes that come while the disk is busy go
 * together. When most lines are no longer true the file is written anew beside itself and put in its place by one rename.
 *
 * One process writes it. After each write it looks whether the file is still its own, before it says that anything is
 * written: who took the file over has read what was written before, and nobody is told of what comes later.
 */
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { type FileHold, holdFile } from '../../state/file-hold.ts';
import { storeGone } from '../../state/store.ts';
import type { FlowJournal, FlowJournals } from './flow-journal.ts';
import { lineOf, linesOf, readLine, writeLines } from './flow-journal-lines.ts';
import { journalOver } from './flow-journal-memory.ts';
import { FlowTable } from './flow-table.ts';

const HEAD = 'frontdesk-flows 1';
const OWNER_ONLY = 0o600;
/** Bytes beyond twice the documents after which the file is written anew. */
const SPARE_BYTES = 16 * 1024 * 1024;

export interface FileFlowJournalsOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Handle = Awaited<ReturnType<typeof open>>;

export class FileFlowJournals implements FlowJournals {
  readonly outlives = 'node';
  readonly #options: FileFlowJournalsOptions;
  readonly #hold: FileHold;
  readonly #tables = new Map<string, FlowTable>();
  readonly #journals = new Map<string, FlowJournal>();
  /** Changes that are not on the disk yet, by BFF and run. */
  #changed = new Map<string, string>();
  /** The write under way; it rejects where it fails. */
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #handle: Handle | undefined;
  #bytes = 0;
  #isBroken = false;

  private constructor(options: FileFlowJournalsOptions, hold: FileHold) {
    this.#options = options;
    this.#hold = hold;
  }

  /** Reads what is there: runs whose process is gone are anybody's. Rejects where the file cannot be had or written. */
  static async open(options: FileFlowJournalsOptions): Promise<FileFlowJournals> {
    await mkdir(dirname(options.file), { recursive: true });
    const hold = await holdFile(options.file);
    const journals = new FileFlowJournals(options, hold);
    try {
      await journals.#read();
      await journals.#rewrite();
    } catch (error) {
      await hold.letGo();
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
    await this.#hold.letGo();
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
      if (this.#isBroken || !this.#handle || this.#bytes > 2 * this.#chars() + SPARE_BYTES)
        await this.#rewrite();
      else {
        this.#bytes += await writeLines(this.#handle, lines);
        await this.#handle.datasync();
      }
      await this.#checkHeld();
      this.#isBroken = false;
    } catch (cause) {
      this.#isBroken = true;
      throw storeGone('the journal of flows cannot be written', cause);
    }
  }

  async #checkHeld(): Promise<void> {
    if (!(await this.#hold.isHeld())) throw new Error(`${this.#options.file} is another gateway's now`);
  }

  #chars(): number {
    let chars = 0;
    for (const table of this.#tables.values()) chars += table.chars;
    return chars;
  }

  /** All rows as they are now: what changes while they are written is written after them. */
  *#lines(): Iterable<string> {
    yield `${HEAD}\n`;
    for (const [bff, table] of this.#tables) for (const row of table.rows()) yield lineOf(bff, row.id, row);
  }

  async #rewrite(): Promise<void> {
    const { file } = this.#options;
    const beside = `${file}.new`;
    await this.#checkHeld();
    const handle = await open(beside, 'w', OWNER_ONLY);
    try {
      this.#bytes = await writeLines(handle, this.#lines());
      await handle.datasync();
      await this.#checkHeld();
      await rename(beside, file);
      // The rename itself must be on the disk, or a crash brings the old file back.
      await syncFolder(dirname(file));
    } catch (error) {
      await handle.close();
      throw error;
    }
    const before = this.#handle;
    this.#handle = handle;
    await before?.close();
  }

  async #read(): Promise<void> {
    const { file, logger } = this.#options;
    let handle: Handle;
    try {
      handle = await open(file, 'r');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    let damaged = 0;
    try {
      let hasHead = (await handle.stat()).size === 0;
      for await (const line of linesOf(handle)) {
        if (!hasHead && line !== HEAD) break;
        if (hasHead) damaged += this.#restore(line) ? 0 : 1;
        hasHead = true;
      }
      if (!hasHead) throw new Error(`${file} is no journal of flows`);
    } finally {
      await handle.close();
    }
    for (const table of this.#tables.values()) table.endLeases();
    if (damaged > 0)
      logger.error({ file, damaged }, 'the journal of flows is damaged: lines could not be read');
  }

  #restore(line: string): boolean {
    const read = readLine(line);
    if (!read) return false;
    const { bff, id, row } = read;
    if (row) this.#table(bff).restore(row);
    else this.#table(bff).forget(id);
    return true;
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
