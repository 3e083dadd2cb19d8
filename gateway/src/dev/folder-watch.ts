/** Tells once of each burst of changes below folders, with the paths that changed. */
import { type FSWatcher, watch } from 'node:fs';
import { join, sep } from 'node:path';

export interface FolderWatchOptions {
  readonly folders: readonly string[];
  /** Below which nothing matters: made by ourselves. */
  readonly ignored: readonly string[];
  readonly onChange: (paths: readonly string[]) => void;
}

/** An editor writes a file in several steps. */
const SETTLE_MS = 60;
const MATTERS = /\.(?:ts|mts|js|mjs|json|graphql|gql|ya?ml|proto)$/;
const NEVER = new Set(['node_modules', '.git', 'dist']);

export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #watchers: FSWatcher[];
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
    this.#watchers = options.folders.map((folder) =>
      watch(folder, { recursive: true }, (_, name) => {
        if (name !== null) this.#note(join(folder, name), name);
      }),
    );
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #note(path: string, name: string): void {
    if (!MATTERS.test(name) || name.split(sep).some((part) => NEVER.has(part))) return;
    if (this.#options.ignored.some((folder) => path.startsWith(`${folder}${sep}`))) return;
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const paths = [...this.#changed];
      this.#changed.clear();
      this.#options.onChange(paths);
    }, SETTLE_MS);
  }
}
