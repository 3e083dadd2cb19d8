/**
 * Tells once of each burst of changes below folders, with the paths that changed. Each folder is watched by itself:
 * editors save by putting another file in the place of the old one, which a watch on the file would lose sight of.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

export interface FolderWatchOptions {
  readonly folders: readonly string[];
  /** Folders in which nothing matters: made by ourselves. */
  readonly ignored: readonly string[];
  readonly onChange: (paths: readonly string[]) => void;
}

/** An editor writes a file in several steps. */
const SETTLE_MS = 60;
const MATTERS = /\.(?:ts|mts|js|mjs|json|graphql|gql|ya?ml|proto)$/;
const NEVER: ReadonlySet<string> = new Set(['node_modules', '.git', 'dist']);
const MAX_FOLDERS = 2000;

export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
    for (const folder of options.folders) this.#add(folder);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches a folder and those below it; gives the files there. */
  #add(folder: string): readonly string[] {
    if (this.#options.ignored.includes(folder)) return [];
    if (this.#watchers.has(folder) || this.#watchers.size >= MAX_FOLDERS) return [];
    try {
      const watcher = watch(folder, (_, name) => {
        if (name !== null) this.#see(folder, name);
      });
      watcher.on('error', () => this.#forget(folder));
      this.#watchers.set(folder, watcher);
      return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (!entry.isDirectory()) return [path];
        return NEVER.has(entry.name) ? [] : this.#add(path);
      });
    } catch {
      // It is gone already.
      this.#forget(folder);
      return [];
    }
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #see(folder: string, name: string): void {
    const path = join(folder, name);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isFolder) {
      if (!NEVER.has(name)) for (const file of this.#add(path)) this.#note(file);
    } else {
      if (this.#watchers.has(path)) this.#forget(path);
      this.#note(path);
    }
  }

  #note(path: string): void {
    if (!MATTERS.test(path)) return;
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const paths = [...this.#changed];
      this.#changed.clear();
      this.#options.onChange(paths);
    }, SETTLE_MS);
  }
}
