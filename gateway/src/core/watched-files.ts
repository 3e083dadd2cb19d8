/**
 * Files that belong together, told of when one of them changes: once for all that change at a time, when all have been at
 * rest for a moment. What is watched are their folders, so that renames over a file and a whole folder that is exchanged
 * under its link (as Kubernetes does with mounted configuration) are seen as well as a write; and they are looked at every
 * other second besides, for file systems that tell nothing. `WatchedFile` is for one file whose text is wanted.
 */
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';
import { FileLooks, fileState } from './file-looks.ts';

export interface WatchedFilesOptions {
  readonly clock: Clock;
  /** Some file is another than when it was told of last, or gone, or there. Each file's first look is told, too. */
  readonly changed: () => void;
  /** Milliseconds that all files must have been at rest before a change is told; 100. */
  readonly settleMs?: number;
  /** Milliseconds from one look to the next where nothing is told; 2,000. */
  readonly pollMs?: number;
}

export class WatchedFiles {
  readonly #options: WatchedFilesOptions;
  readonly #looks: FileLooks;
  readonly #watchers = new Map<string, FSWatcher>();
  #files: readonly string[] = [];
  #closed = false;
  /** By file: the state that was told of last. */
  #told = new Map<string, string>();
  /** States that are not those told of, and are waited on to last. */
  #restless: ReadonlyMap<string, string> | undefined;

  constructor(options: WatchedFilesOptions) {
    const { clock, settleMs, pollMs } = options;
    this.#options = options;
    this.#looks = new FileLooks({ clock, settleMs, pollMs, look: () => this.#compare() });
  }

  /** These from now on, in place of those before: what stays among them is not told of anew. */
  follow(files: readonly string[]): void {
    if (this.#closed) return;
    this.#files = [...new Set(files)];
    const kept = new Set(this.#files);
    for (const file of this.#told.keys()) if (!kept.has(file)) this.#told.delete(file);
    this.#watchFolders(new Set(this.#files.map((file) => dirname(file))));
    this.#looks.now();
  }

  /** Nothing is told any more after this. */
  close(): void {
    this.#closed = true;
    this.#looks.close();
    this.#watchFolders(new Set());
  }

  #watchFolders(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#looks.soon());
        // The folder was taken away, or the system watches as much as it can: looking now and then remains.
        watcher.on('error', () => watcher.close());
        this.#watchers.set(folder, watcher);
      } catch {
        // No such folder yet: likewise.
      }
    }
  }

  /** True where there is nothing to wait for. Never rejects. */
  async #compare(): Promise<boolean> {
    const files = this.#files;
    const states = new Map<string, string>();
    await Promise.all(files.map(async (file) => states.set(file, await stateOf(file))));
    if (this.#closed || files !== this.#files) return false;
    if (sameStates(files, states, this.#told)) {
      this.#restless = undefined;
      return true;
    }
    if (!this.#restless || !sameStates(files, states, this.#restless)) {
      this.#restless = states;
      return false;
    }
    this.#restless = undefined;
    this.#told = states;
    // A folder that was exchanged is watched as it is now.
    this.#watchFolders(new Set());
    this.#watchFolders(new Set(files.map((file) => dirname(file))));
    this.#options.changed();
    return true;
  }
}

function sameStates(
  files: readonly string[],
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): boolean {
  return files.every((file) => one.get(file) === other.get(file));
}

/** Of a file that cannot be looked at, why. Never rejects. */
async function stateOf(file: string): Promise<string> {
  try {
    return await fileState(file);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
