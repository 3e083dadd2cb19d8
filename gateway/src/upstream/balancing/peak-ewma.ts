/**
 * Peak EWMA, as Finagle and Linkerd balance: each endpoint has an average of its latency that jumps to a worse one at
 * once and forgets it slowly, and of two drawn by weight the one where a call will likely be done sooner takes it:
 * latency × (calls in flight + 1) for its weight.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { Balancer, Pickable } from './balancer.ts';
import { twoChoices } from './two-choices.ts';

/** What an endpoint that nobody knows is held to cost while its first calls are out: it gets one at a time. */
const UNKNOWN_MS = 60_000;
/** However often an endpoint fails, it is not held to be slower than this. */
const MAX_PENALTY_MS = 10_000;
const FIRST_PENALTY_MS = 100;

export class PeakEwma {
  readonly #clock: Clock;
  readonly #decayMs: number;
  #averageMs = 0;
  #at: number;

  /** After `decayMs` without news an average counts for e⁻¹ (37 %) of what it was. */
  constructor(clock: Clock, decayMs: number) {
    this.#clock = clock;
    this.#decayMs = decayMs;
    this.#at = clock.now();
  }

  /** Milliseconds; 0 until the first observation. It falls while nothing is observed, so that nobody is shunned for good. */
  get valueMs(): number {
    if (this.#averageMs === 0) return 0;
    return this.#averageMs * Math.exp((this.#at - this.#clock.now()) / this.#decayMs);
  }

  observe(latencyMs: number): void {
    const now = this.#clock.now();
    const kept = Math.exp((this.#at - now) / this.#decayMs);
    this.#averageMs =
      latencyMs > this.#averageMs ? latencyMs : this.#averageMs * kept + latencyMs * (1 - kept);
    this.#at = now;
  }

  /**
   * A call failed. What fails fast must not look fast, or it draws all calls: each failure doubles what the endpoint
   * is held to cost.
   */
  fail(latencyMs: number): void {
    const doubled = Math.min(MAX_PENALTY_MS, Math.max(FIRST_PENALTY_MS, this.valueMs * 2));
    this.observe(Math.max(latencyMs, doubled));
  }
}

export function peakEwma(random: Random): Balancer<Pickable> {
  return twoChoices<Pickable>(random, ({ latencyMs, inFlight, weight }) => {
    if (latencyMs > 0) return (latencyMs * (inFlight + 1)) / weight;
    return inFlight === 0 ? 0 : (UNKNOWN_MS * inFlight) / weight;
  });
}
