/**
 * The snapshot that serves, and those before it whose requests have not all ended. A request counts for the
 * generation that it began with until its reply is through; a generation that is retired is disposed of when none is left.
 */
import type { FrontdeskError } from '../core/errors.ts';
import type { Exchange, Reply } from '../core/exchange.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { Snapshot } from './snapshot.ts';

export type ServingSnapshot = Pick<Snapshot, 'handle' | 'refuse' | 'retire' | 'dispose'>;

interface Generation<S> {
  readonly snapshot: S;
  inFlight: number;
  retired: boolean;
}

export interface GenerationsOptions {
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Each holds a schema, plans and compiled operations for the sake of ever fewer clients. */
export const MAX_RETIRED = 16;

export class Generations<S extends ServingSnapshot> {
  readonly #logger: Logger;
  readonly #alive: (count: number) => void;
  #current: Generation<S> | undefined;
  /** The oldest first. */
  readonly #retired = new Set<Generation<S>>();
  readonly #ending = new Set<Promise<void>>();

  constructor({ logger, meter }: GenerationsOptions) {
    this.#logger = logger;
    this.#alive = meter.gauge({
      name: 'frontdesk_generations',
      across: 'max',
      help: 'Configurations and supergraphs in memory: the one that serves, and those whose requests go on.',
      labels: [],
    });
  }

  get current(): S {
    return this.#generation().snapshot;
  }

  get started(): boolean {
    return this.#current !== undefined;
  }

  /** How many are in memory: the one that serves counts. */
  get count(): number {
    return this.#retired.size + (this.#current ? 1 : 0);
  }

  /** From now on `next` serves what begins. */
  swap(next: S): void {
    const old = this.#current;
    this.#current = { snapshot: next, inFlight: 0, retired: false };
    if (old) {
      old.retired = true;
      this.#retired.add(old);
      old.snapshot.retire(false);
      this.#disposeIfDone(old);
    }
    this.#hurryOldest();
    this.#alive(this.count);
  }

  handle(exchange: Exchange): Promise<Reply> {
    const generation = this.#generation();
    generation.inFlight += 1;
    const replied = generation.snapshot.handle(exchange);
    replied.then(
      (reply) => {
        // A socket outlives what it began with: its operations count, each for the generation that answers it.
        if (reply.upgrade) this.#leave(generation);
        else reply.settlement.whenSettled(() => this.#leave(generation));
      },
      () => this.#leave(generation),
    );
    return replied;
  }

  refuse(exchange: Exchange, error: FrontdeskError): Promise<Reply> {
    return this.#generation().snapshot.refuse(exchange, error);
  }

  /** Disposes of all, whatever is under way. */
  async close(): Promise<void> {
    const all = [...this.#retired];
    if (this.#current) all.push(this.#current);
    this.#retired.clear();
    this.#current = undefined;
    await Promise.all([...this.#ending, ...all.map(({ snapshot }) => snapshot.dispose())]);
  }

  /** Reloads may come faster than streams end: then the oldest streams end before their grace is over. */
  #hurryOldest(): void {
    let over = this.#retired.size - MAX_RETIRED;
    if (over <= 0) return;
    this.#logger.warn({ generations: this.count }, 'too many generations: the streams of the oldest end');
    for (const oldest of this.#retired) {
      if (over-- <= 0) break;
      oldest.snapshot.retire(true);
    }
  }

  #generation(): Generation<S> {
    if (!this.#current) throw new TypeError('a request before there is a configuration');
    return this.#current;
  }

  #leave(generation: Generation<S>): void {
    generation.inFlight -= 1;
    if (generation.retired) this.#disposeIfDone(generation);
  }

  #disposeIfDone(generation: Generation<S>): void {
    if (generation.inFlight > 0 || !this.#retired.delete(generation)) return;
    this.#alive(this.count);
    const ending = generation.snapshot.dispose().catch((error: unknown) => {
      this.#logger.error({ error }, 'a retired configuration could not be disposed of');
    });
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }
}
