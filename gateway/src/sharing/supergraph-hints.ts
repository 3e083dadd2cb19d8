/**
 * Processes that each ask for the supergraph by themselves tell each other that they took over another: its digest, never
 * the text. Who serves something else asks its own source at once rather than with its next poll, and judges what it gets.
 */
import { randomUUID } from 'node:crypto';
import type { Clock, Random } from '../core/clock.ts';
import type { Channels } from '../state/store.ts';

const CHANNEL = 'supergraph';
/** Not all ask the source in the same moment. */
const SPREAD_MS = 500;
/** A source is asked for others' sake no oftener. */
const LEAST_MS = 1_000;

export interface SupergraphHintsOptions {
  readonly channels: Channels;
  readonly clock: Clock;
  readonly random: Random;
  /** The digest of what is served here; `undefined` where nothing is. */
  readonly served: () => string | undefined;
  /** Asks the source now. */
  readonly ask: () => void;
}

export class SupergraphHints {
  readonly #options: SupergraphHintsOptions;
  readonly #process = randomUUID();
  #end: (() => void) | undefined;
  #disarm: (() => void) | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SupergraphHintsOptions) {
    this.#options = options;
  }

  /** Listens from now on. */
  start(): void {
    this.#end ??= this.#options.channels.subscribe(CHANNEL, {
      message: (text) => this.#hear(text),
      resumed() {},
    });
  }

  /** Another supergraph is served here. Whoever does not hear it polls as before. */
  tell(digest: string): void {
    if (!this.#end) return;
    this.#options.channels.publish(CHANNEL, `${this.#process} ${digest}`).catch(() => {});
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#end?.();
    this.#end = undefined;
  }

  #hear(text: string): void {
    const [by, digest = ''] = text.split(' ', 2);
    const { served, clock, random, ask } = this.#options;
    if (by === this.#process || this.#disarm || !/^[0-9a-f]{32}$/.test(digest) || served() === digest) return;
    const waitMs = Math.max(random() * SPREAD_MS, this.#askedAt + LEAST_MS - clock.now());
    this.#disarm = clock.after(waitMs, () => {
      this.#disarm = undefined;
      if (served() === digest) return;
      this.#askedAt = clock.now();
      ask();
    });
  }
}
