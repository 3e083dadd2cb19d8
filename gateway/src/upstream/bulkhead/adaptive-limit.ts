/**
 * How many calls an endpoint can carry at once, found out by its latency: as long as a reply takes hardly longer than
 * it takes an endpoint that has nothing else to do, more are allowed; where it takes longer, calls queue over there, and
 * fewer are. After each window of replies
 *
 *   limit ← limit × clamp(tolerance × least / median, ½, 2) + √limit
 *
 * The least latency is measured where calls are few by themselves; where they never are, the limit is halved now and
 * then for as long as that makes replies faster (as a gradient controller does; by halves rather than down to the least,
 * so that the measuring costs as few calls as may be). A limit that has fallen to its least is proof that no queue
 * of ours is the cause, so what is measured then is the new least latency.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { AdaptiveConfig } from './adaptive-config.ts';

/** What it moves. */
export interface LimitedPlaces {
  readonly inFlight: number;
  limit: number;
}

/** Samples that one window keeps; further ones change a median little. */
const MAX_SAMPLES = 256;
const LEAST_GRADIENT = 0.5;
const MOST_GRADIENT = 2;
/** By so much a halved limit must have made replies faster for another halving. */
const FASTER = 0.9;
/** Windows in a row at the least limit after which latency has risen for other reasons than ours. */
const WINDOWS_AT_LEAST = 5;
const JITTER = 0.1;

export class AdaptiveLimit {
  readonly #config: AdaptiveConfig;
  readonly #places: LimitedPlaces;
  readonly #clock: Clock;
  readonly #random: Random;
  #samples: number[] = [];
  /** Calls that began before this say nothing of the limit as it is now. */
  #since: number;
  /** Most calls in flight within the window. */
  #peak = 0;
  /** Median of an idle endpoint, milliseconds; 0 while unknown. */
  #leastMs = 0;
  #limit: number;
  #recalibrateAt: number;
  /** The limit before it was halved, and the median then. */
  #probe: { readonly limit: number; medianMs: number } | undefined;
  #windowsAtLeast = 0;

  constructor(config: AdaptiveConfig, places: LimitedPlaces, clock: Clock, random: Random) {
    this.#config = config;
    this.#places = places;
    this.#clock = clock;
    this.#random = random;
    this.#since = clock.now();
    // The limit to begin with may be too much already: what is measured first is not taken for the least.
    this.#recalibrateAt = this.#since;
    this.#limit = Math.max(config.min, config.initial);
    places.limit = this.#limit;
  }

  /** Median latency of the endpoint when it has little to do, milliseconds; 0 while unknown. */
  get leastMs(): number {
    return this.#leastMs;
  }

  /** A reply's head came after so long. Its call has its place still. */
  observe(latencyMs: number): void {
    const now = this.#clock.now();
    this.#peak = Math.max(this.#peak, this.#places.inFlight);
    if (now - latencyMs < this.#since) return;
    if (this.#samples.length < MAX_SAMPLES) this.#samples.push(latencyMs);
    const { window, minSamples } = this.#config;
    if (now - this.#since >= window && this.#samples.length >= minSamples) this.#turn(now);
  }

  /** A call failed after so long. That it took long counts; that an error comes fast says nothing. */
  fail(elapsedMs: number): void {
    if (this.#leastMs > 0 && elapsedMs > this.#leastMs) this.observe(elapsedMs);
  }

  #turn(now: number): void {
    const medianMs = median(this.#samples);
    const peak = this.#peak;
    this.#samples = [];
    this.#peak = 0;
    this.#since = now;
    if (this.#probe) {
      this.#goOnProbing(this.#probe, medianMs, now);
      return;
    }
    if (medianMs < this.#leastMs) this.#leastMs = medianMs;
    const isIdle = peak * 2 <= this.#limit;
    if (this.#isDue(now)) {
      if (isIdle || this.#limit <= this.#config.min) this.#calibrate(medianMs, now);
      else {
        this.#probe = { limit: this.#limit, medianMs };
        this.#set(this.#limit / 2);
        return;
      }
    }
    const gradient = (this.#config.tolerance * this.#leastMs) / medianMs;
    const bounded = Math.max(LEAST_GRADIENT, Math.min(MOST_GRADIENT, gradient));
    const limit = this.#limit * bounded + Math.sqrt(this.#limit);
    // A limit that nobody comes near has nothing to show that more would do.
    if (limit > this.#limit && isIdle) return;
    this.#set(limit);
  }

  /** Whether it is time to measure the least latency: regularly, and when the limit can fall no further. */
  #isDue(now: number): boolean {
    this.#windowsAtLeast = this.#limit <= this.#config.min ? this.#windowsAtLeast + 1 : 0;
    return now >= this.#recalibrateAt || this.#windowsAtLeast >= WINDOWS_AT_LEAST;
  }

  #goOnProbing(probe: { readonly limit: number; medianMs: number }, medianMs: number, now: number): void {
    // The first time there is nothing to compare with: a queue may still be building up.
    const goesOn = this.#leastMs === 0 || medianMs < probe.medianMs * FASTER;
    if (goesOn && this.#limit > this.#config.min) {
      probe.medianMs = medianMs;
      this.#set(this.#limit / 2);
      return;
    }
    this.#probe = undefined;
    this.#calibrate(Math.min(medianMs, probe.medianMs), now);
    this.#set(probe.limit);
  }

  #calibrate(leastMs: number, now: number): void {
    this.#leastMs = leastMs;
    this.#windowsAtLeast = 0;
    this.#recalibrateAt = now + this.#interval();
  }

  #interval(): number {
    return this.#config.recalibrate * (1 - JITTER + 2 * JITTER * this.#random());
  }

  #set(limit: number): void {
    this.#places.limit = Math.max(this.#config.min, limit);
    // What the places make of it: no more than is configured.
    this.#limit = this.#places.limit;
  }
}

function median(samples: number[]): number {
  samples.sort((a, b) => a - b);
  return Math.max(samples[samples.length >> 1] ?? 0, Number.EPSILON);
}
