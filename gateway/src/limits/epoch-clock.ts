/**
 * Instants for limits: milliseconds since the epoch, so that windows of several processes begin together, but steady
 * like a monotonic clock: a wall clock that is set forward gives nobody a new window. Only windows of the calendar
 * follow the wall clock, since that is what they are about.
 */
import type { Clock } from '../core/clock.ts';
import type { LimitSpec } from './limiter.ts';

export class EpochClock {
  readonly #clock: Clock;
  readonly #originMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#originMs = clock.wall() - clock.now();
  }

  now(): number {
    return this.#clock.now() + this.#originMs;
  }

  /** The instant that counts for this limit, where it is `nowMs` for most. */
  of(spec: LimitSpec, nowMs: number): number {
    return spec.algorithm === 'fixed-window' && spec.period ? this.#clock.wall() : nowMs;
  }
}
