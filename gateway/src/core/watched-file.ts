/**
 * A text file that is read again whenever it changes. What is watched is the file's folder, so that an editor's or a
 * deployment's rename over the file is seen as well as a write into it; and the file is looked at every other second
 * besides, for file systems that tell nothing (network mounts, links that lead elsewhere). A change is read when the file
 * has been at rest for a moment and did not change while it was read: what is half written is not taken for the whole.
 */
import { type FSWatcher, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from './clock.ts';
import { FileLooks, fileState } from './file-looks.ts';

export interface WatchedFileOptions {
  readonly file: string;
  /** Largest file that is read. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Milliseconds that a changed file must have been at rest before it is read; 100. */
  readonly settleMs?: number;
  /** Milliseconds from one look to the next where nothing is told; 2,000. */
  readonly pollMs?: number;
}

export interface FileFollower {
  /** What stands in it now. It may be what stood there before. */
  changed(text: string): void;
  /** It cannot be read now. Told once for each way in which it cannot. */
  failed(error: unknown): void;
}

export class WatchedFile {
  readonly #options: WatchedFileOptions;
  readonly #looks: FileLooks;
  #follower: FileFollower | undefined;
  #watcher: FSWatcher | undefined;
  /** The state of the file that was told of last. */
  #told: string | undefined;
  /** A state that is not `#told`, and is waited on to last. */
  #restless: string | undefined;

  constructor(options: WatchedFileOptions) {
    const { clock, settleMs, pollMs } = options;
    this.#options = options;
    this.#looks = new FileLooks({ clock, settleMs, pollMs, look: () => this.#compare() });
  }

  /** Rejects with an `Error` in plain words. */
  async read(): Promise<string> {
    const { text, state } = await this.#readWhole();
    this.#told = state;
    return text;
  }

  /** Tells from now on of every change since `read`. Once. */
  follow(follower: FileFollower): void {
    this.#follower = follower;
    try {
      this.#watcher = watch(dirname(this.#options.file), { persistent: false }, () => this.#looks.soon());
      // The folder was taken away, or the system watches as much as it can: looking now and then remains.
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined;
    }
    // It may have changed between the first reading and now.
    this.#looks.now();
  }

  /** Nothing is told any more after this. */
  close(): void {
    this.#follower = undefined;
    this.#looks.close();
    this.#watcher?.close();
  }

  /** True where there is nothing to wait for. Never rejects. */
  async #compare(): Promise<boolean> {
    let state: string;
    try {
      state = await fileState(this.#options.file);
    } catch (error) {
      state = String(error);
    }
    if (state === this.#told) return true;
    if (state !== this.#restless) {
      this.#restless = state;
      return false;
    }
    this.#restless = undefined;
    try {
      const { text, state: read } = await this.#readWhole();
      if (read !== state) return false;
      this.#told = state;
      this.#follower?.changed(text);
    } catch (error) {
      this.#told = state;
      this.#follower?.failed(error);
    }
    return true;
  }

  async #readWhole(): Promise<{ text: string; state: string }> {
    const { file, maxBytes } = this.#options;
    try {
      const { size } = await stat(file);
      if (size > maxBytes) throw new Error(`"${file}" is larger than ${maxBytes} bytes`);
      const state = await fileState(file);
      const text = await readFile(file, 'utf8');
      // Read between two looks that agree; where they do not, the caller looks once more.
      return { text, state: (await fileState(file)) === state ? state : '' };
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      throw missing ? new Error(`there is no file "${file}"`, { cause: error }) : error;
    }
  }
}
