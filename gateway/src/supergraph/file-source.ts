/** A supergraph in a file, followed as `WatchedFile` does. */
import type { Clock } from '../core/clock.ts';
import { WatchedFile } from '../core/watched-file.ts';
import { MAX_SDL_BYTES, plainReason, type SupergraphFollower, type SupergraphSource } from './source.ts';

export interface FileSourceOptions {
  readonly file: string;
  /** False: it is read when asked, and not followed. */
  readonly watch: boolean;
  readonly clock: Clock;
  /** Milliseconds that a changed file must have been at rest before it is read; 100. */
  readonly settleMs?: number;
  /** Milliseconds from one look to the next where nothing is told; 2,000. */
  readonly pollMs?: number;
}

export class FileSource implements SupergraphSource {
  readonly name: string;
  readonly remote = false;
  readonly polls = false;
  readonly startWithinMs = 0;
  readonly #watch: boolean;
  readonly #file: WatchedFile;

  constructor({ watch, ...options }: FileSourceOptions) {
    this.name = options.file;
    this.#watch = watch;
    this.#file = new WatchedFile({ ...options, maxBytes: MAX_SDL_BYTES });
  }

  read(): Promise<string> {
    return this.#file.read();
  }

  follow(follower: SupergraphFollower): void {
    if (!this.#watch) return;
    this.#file.follow({
      changed: (sdl) => follower.changed(sdl),
      failed: (error) => follower.failed(plainReason(error)),
    });
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}
