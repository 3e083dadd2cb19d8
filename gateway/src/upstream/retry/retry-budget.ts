/**
 * Keeps retries a small share of the traffic, so that they cannot finish off a backend that is already ill.
 * In the current window, retries ≤ max(min, ratio × first attempts). The window is ten slices that pass one by one.
 */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';

export const retryBudgetConfig = z
  .strictObject({
    ratio: z.number().min(0).max(1).default(0.2).describe('Retries as a share of first attempts'),
    min: z
      .int()
      .min(0)
      .max(10_000)
      .default(3)
      .describe('Retries in ten seconds that are allowed however little traffic there is'),
  })
  .prefault({});

export type RetryBudgetConfig = z.output<typeof retryBudgetConfig>;

export const BUDGET_WINDOW_MS = 10_000;
const SLICES = 10;
const SLICE_MS = BUDGET_WINDOW_MS / SLICES;

export class RetryBudget {
  readonly #config: RetryBudgetConfig;
  readonly #clock: Clock;
  readonly #first = new Float64Array(SLICES);
  readonly #retries = new Float64Array(SLICES);
  #firstInWindow = 0;
  #retriesInWindow = 0;
  #slice: number;

  constructor(config: RetryBudgetConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#slice = Math.floor(clock.now() / SLICE_MS);
  }

  /** Notes a first attempt. */
  deposit(): void {
    this.#turn();
    const at = this.#slice % SLICES;
    this.#first[at] = (this.#first[at] ?? 0) + 1;
    this.#firstInWindow += 1;
  }

  /** Spends one retry, or says that there is none to spend. */
  withdraw(): boolean {
    this.#turn();
    const allowance = Math.max(this.#config.min, Math.floor(this.#config.ratio * this.#firstInWindow));
    if (this.#retriesInWindow >= allowance) return false;
    const at = this.#slice % SLICES;
    this.#retries[at] = (this.#retries[at] ?? 0) + 1;
    this.#retriesInWindow += 1;
    return true;
  }

  #turn(): void {
    const current = Math.floor(this.#clock.now() / SLICE_MS);
    const passed = Math.min(SLICES, current - this.#slice);
    for (let i = 1; i <= passed; i += 1) {
      const at = (this.#slice + i) % SLICES;
      this.#firstInWindow -= this.#first[at] ?? 0;
      this.#retriesInWindow -= this.#retries[at] ?? 0;
      this.#first[at] = 0;
      this.#retries[at] = 0;
    }
    this.#slice = current;
  }
}
