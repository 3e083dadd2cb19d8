/** Replaces workers one by one: a successor starts, takes the connections that come, and the old one finishes and goes. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';

/** The place of a worker. */
export interface Restartable {
  readonly number: number;
  restart(): Promise<void>;
}

export class RollingRestart {
  readonly #slots: readonly Restartable[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  #underWay: number[] = [];
  #last: { readonly at: number; readonly restarted: number[]; readonly fault: string | null } | undefined;

  constructor(slots: readonly Restartable[], options: { readonly clock: Clock; readonly logger: Logger }) {
    this.#slots = slots;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Those that are still to be replaced, and how the last time went. */
  get view(): object {
    return { underWay: this.#underWay, last: this.#last ?? null };
  }

  get isUnderWay(): boolean {
    return this.#underWay.length > 0;
  }

  /**
   * All of them, or one. Resolves when the last of the old ones is gone. Stops at the first whose successor does not become
   * ready: that one and those after it go on. Rejects where there is no such worker, or a restart is under way.
   */
  async restart(number?: number): Promise<void> {
    if (this.isUnderWay) throw new Error('a restart is under way');
    const asked = this.#slots.filter((slot) => number === undefined || slot.number === number);
    if (asked.length === 0) throw new Error(`there is no worker ${number}`);
    this.#underWay = asked.map((slot) => slot.number);
    const restarted: number[] = [];
    let fault: string | null = null;
    try {
      for (const slot of asked) {
        await slot.restart();
        restarted.push(slot.number);
        this.#underWay = this.#underWay.slice(1);
      }
      this.#logger.info({ workers: restarted }, 'workers were replaced');
    } catch (error) {
      fault = `worker ${this.#underWay[0]}: ${error instanceof Error ? error.message : String(error)}`;
      this.#logger.error({ reason: fault, workers: restarted }, 'replacing workers stopped');
      throw new Error(fault, { cause: error });
    } finally {
      this.#underWay = [];
      this.#last = { at: this.#clock.wall(), restarted, fault };
    }
  }
}
