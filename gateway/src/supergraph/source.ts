/**
 * Where a supergraph comes from. A source outlives the configuration's snapshots: it is made again only when its own
 * settings change. It says what it reads and judges nothing: whether a text can be served is found by building it.
 */

/** Bytes of SDL that are read at most: supergraphs of thousands of types have a few MiB. */
export const MAX_SDL_BYTES = 32 * 1024 * 1024;

export interface SupergraphSource {
  /** For messages: a file, a URL, the subgraphs. */
  readonly name: string;
  /**
   * Whether it is elsewhere. Then it may be out of reach for a while: at the start it is asked again for
   * `startWithinMs`, and a reload of the configuration goes on with what was had of it last.
   */
  readonly remote: boolean;
  /** Whether it asks by itself again and again once it is followed. */
  readonly polls: boolean;
  /** Milliseconds; 0 for once. */
  readonly startWithinMs: number;
  /** Reads it as it is now. Rejects with an `Error` in plain words. */
  read(): Promise<string>;
  /** Tells from now on of every change, and of every time that it could not be read. Once. */
  follow(follower: SupergraphFollower): void;
  /** Nothing is told any more after this. */
  close(): Promise<void>;
}

export interface SupergraphFollower {
  /** What is there now. It may be what was there before. */
  changed(sdl: string): void;
  /** It can be read again, and is as it was. */
  unchanged(): void;
  /** It cannot be read now. */
  failed(reason: string): void;
  /** What was read makes no supergraph. */
  refused(reason: string): void;
}

/** An error in one line, for people. */
export function plainReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
