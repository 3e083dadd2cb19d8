/**
 * Whatever has no end of its own (subscriptions, sockets), so that it can be ended in good order: when the gateway
 * drains, or when the configuration it began with has been replaced long enough. Ends are spread over time, so that
 * clients do not come back all at once.
 */
import type { Clock, Random } from './clock.ts';
import type { FrontdeskError } from './errors.ts';

/** Ends one of them; `reason` is what its client may be told. */
export type EndStream = (reason: FrontdeskError) => void;

/** One of them, as long as it is open. */
interface Open {
  readonly end: EndStream;
  disarm: (() => void) | undefined;
}

export interface OpenStreamsOptions {
  readonly clock: Clock;
  readonly random: Random;
}

export class OpenStreams {
  readonly #options: OpenStreamsOptions;
  readonly #open = new Set<Open>();
  #ending: { readonly reason: FrontdeskError; readonly withinMs: number } | undefined;

  constructor(options: OpenStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Adds one; the returned function takes it out again. One that comes after `endAll` gets its end with the others. */
  add(end: EndStream): () => void {
    const open: Open = { end, disarm: undefined };
    this.#open.add(open);
    if (this.#ending) this.#schedule(open, this.#ending.reason, this.#ending.withinMs);
    return () => {
      this.#open.delete(open);
      open.disarm?.();
    };
  }

  /** Ends all, each at a moment of its own within `withinMs` from now. A second call changes nothing. */
  endAll(reason: FrontdeskError, withinMs: number): void {
    if (this.#ending) return;
    this.#ending = { reason, withinMs };
    for (const open of this.#open) this.#schedule(open, reason, withinMs);
  }

  #schedule(open: Open, reason: FrontdeskError, withinMs: number): void {
    const { clock, random } = this.#options;
    open.disarm = clock.after(random() * withinMs, () => {
      if (this.#open.delete(open)) open.end(reason);
    });
  }
}
