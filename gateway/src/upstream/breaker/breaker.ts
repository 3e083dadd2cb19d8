/**
 * A circuit breaker for one endpoint. Closed, it watches; when too many of the calls in its window failed (or were
 * slow), or too many in a row, it opens and refuses everything for a while; then a few probes are let through, and
 * when enough have succeeded it closes and takes back its calls little by little.
 *
 * Others' word never opens it: `beCareful` halves, for a bounded time, how many calls of its own it needs to judge by, at the
 * same share of failures.
 *
 * Invariants: a verdict counts only in the state its call was admitted in, so that late news from before an
 * opening neither closes nor reopens anything; a probe without a verdict gives its place back.
 */
import { z } from 'zod';
import type { Clock, Random } from '../../core/clock.ts';
import { durationMs } from '../../settings/settings.ts';
import { type BreakerWindow, CountWindow, TimeWindow } from './breaker-window.ts';
import type { Verdict } from './verdict.ts';

const rate = z.number().gt(0).max(1);

const breakerSettings = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether calls are counted and ever refused'),
    per: z
      .enum(['endpoint', 'template'])
      .default('endpoint')
      .describe(
        'template: a breaker for each route template (or part of a screen) at each endpoint, 100 at most; further ones share one',
      ),
    windowCalls: z.int().min(1).max(10_000).default(20).describe('Judge the last so many calls'),
    windowTime: durationMs.optional().describe('Judge the calls of this time instead of a number of them'),
    minimumCalls: z
      .int()
      .min(1)
      .max(100_000)
      .default(20)
      .describe('Calls in the window before it judges at all'),
    errorRate: rate.default(0.5).describe('Share of failures that opens it'),
    consecutiveFailures: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('Failures in a row that open it, however many calls there were; none by default'),
    failureStatus: z
      .int()
      .min(400)
      .max(600)
      .default(500)
      .describe('Replies with this status or above are failures'),
    slowAfter: durationMs
      .optional()
      .describe('A head that takes longer makes a slow call; none are slow by default'),
    slowRate: rate.default(0.5).describe('Share of slow calls that opens it'),
    openFor: durationMs.prefault('30s').describe('How long it refuses before it probes'),
    maxOpenFor: durationMs
      .optional()
      .describe('It refuses twice as long each time its probes fail, up to this; by default always openFor'),
    jitter: z
      .number()
      .min(0)
      .max(0.5)
      .default(0.1)
      .describe(
        'It probes earlier by up to this share of the time, so that gateways do not probe all at once',
      ),
    probes: z.int().min(1).max(100).default(1).describe('Probes at a time'),
    probesToClose: z.int().min(1).max(100).default(1).describe('Probes that must succeed before it closes'),
    rampUp: durationMs
      .prefault('10s')
      .describe(
        'After closing it admits a share of the calls that grows to all of them in this time; one at a time is always let through. 0s: all at once',
      ),
    hints: z
      .enum(['off', 'listen', 'share'])
      .default('off')
      .describe(
        'What other processes and nodes that share `state` say of their breakers: listen makes this one need half as many calls, or failures in a row, of its own before it opens, for a while; share also tells them of this one',
      ),
    patience: durationMs
      .prefault('100ms')
      .describe('A call that its deadline cut earlier than this says nothing about the endpoint'),
  })
  .refine((config) => config.windowTime !== undefined || config.minimumCalls <= config.windowCalls, {
    message: 'expected minimumCalls to be no more than windowCalls: else the breaker never opens',
    path: ['minimumCalls'],
  })
  .refine((config) => config.maxOpenFor === undefined || config.maxOpenFor >= config.openFor, {
    message: 'expected maxOpenFor to be no less than openFor',
    path: ['maxOpenFor'],
  });

/** `true` and `false` stand for the settings with nothing but `enabled` in them. */
export const breakerConfig = z
  .union([z.boolean().transform((enabled) => breakerSettings.parse({ enabled })), breakerSettings])
  .prefault({});

export type BreakerConfig = z.output<typeof breakerConfig>;

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Names the state that a call was admitted in; handed back with its verdict. */
export type Permit = number;

/** However long it would stay open itself. */
const MAX_CAREFUL_MS = 30_000;

/** Half of what is needed, and never one where several are. */
function half(needed: number): number {
  return Math.max(Math.min(2, needed), Math.ceil(needed / 2));
}

/** `begin`'s answer when it refuses. */
export const REFUSED: Permit = -1;

export interface BreakerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly onChange?: (state: BreakerState) => void;
}

export class CircuitBreaker {
  readonly config: BreakerConfig;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onChange: (state: BreakerState) => void;
  readonly #window: BreakerWindow;
  #state: BreakerState = 'closed';
  /** Grows with every change of state. */
  #epoch = 0;
  #openUntil = 0;
  /** Openings that followed each other without a time of full service between them. */
  #openings = 0;
  /** Failures in a row. */
  #streak = 0;
  /** Admitted calls without a verdict yet; counted while half-open and ramping alone. */
  #admitted = 0;
  #succeededProbes = 0;
  /** When it closed, while it takes its calls back; `undefined` in full service. */
  #rampFrom: number | undefined;
  /** What part of a call has been earned while ramping. */
  #credit = 0;
  /** Until when it needs less to open; 0 when it does not. */
  #carefulUntil = 0;
  /** Until when it heeds no further word. */
  #deafUntil = 0;

  constructor(config: BreakerConfig, { clock, random, onChange = () => {} }: BreakerOptions) {
    this.config = config;
    this.#clock = clock;
    this.#random = random;
    this.#onChange = onChange;
    this.#window =
      config.windowTime === undefined
        ? new CountWindow(config.windowCalls)
        : new TimeWindow(config.windowTime, () => clock.now());
  }

  /** An open breaker stays `open` until somebody comes to probe. */
  get state(): BreakerState {
    return this.#state;
  }

  /** Whether `begin` would admit a call now; while it takes its calls back, whether it might. */
  get admits(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'open') return this.#clock.now() >= this.#openUntil;
    return this.#admitted < this.config.probes;
  }

  /** Milliseconds until it will probe: 0 unless it is open. */
  get retryAfterMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - this.#clock.now()) : 0;
  }

  /** Admits a call, or returns `REFUSED`. Every permit must come back through `end`, once. */
  begin(): Permit {
    if (this.#state === 'closed') {
      return this.#rampFrom === undefined ? this.#epoch : this.#beginRamping(this.#rampFrom);
    }
    if (this.#state === 'open') {
      if (this.#clock.now() < this.#openUntil) return REFUSED;
      this.#change('half-open');
    }
    if (this.#admitted >= this.config.probes) return REFUSED;
    this.#admitted += 1;
    return this.#epoch;
  }

  /** The share is kept exactly: every call earns it, and whole calls are spent. */
  #beginRamping(from: number): Permit {
    const share = (this.#clock.now() - from) / this.config.rampUp;
    if (share >= 1) {
      this.#rampFrom = undefined;
      this.#openings = 0;
      return this.#epoch;
    }
    this.#credit += share;
    if (this.#credit >= 1) this.#credit -= 1;
    else if (this.#admitted > 0) return REFUSED;
    this.#admitted += 1;
    return this.#epoch;
  }

  /** Whether it needs less than usual to open. */
  get careful(): boolean {
    if (this.#carefulUntil === 0) return false;
    if (this.#clock.now() < this.#carefulUntil) return true;
    this.#carefulUntil = 0;
    return false;
  }

  /**
   * Somebody else's breaker of the same endpoint opened: for as long as this one would stay open, half a minute at most,
   * this one needs half as much to open, and then for as long it heeds nobody. Whether it was heeded.
   */
  beCareful(): boolean {
    const now = this.#clock.now();
    if (this.#state !== 'closed' || now < this.#deafUntil) return false;
    const forMs = Math.min(this.config.openFor, MAX_CAREFUL_MS);
    this.#carefulUntil = now + forMs;
    this.#deafUntil = now + 2 * forMs;
    return true;
  }

  /** That one closed again. */
  beUsual(): void {
    this.#carefulUntil = 0;
  }

  /** `slow` counts with a success: a failure is bad enough. */
  end(permit: Permit, verdict: Verdict, slow = false): void {
    if (permit !== this.#epoch) return;
    if (this.#state === 'half-open') {
      this.#endProbe(verdict, slow);
      return;
    }
    if (this.#rampFrom !== undefined) this.#admitted -= 1;
    if (verdict === 'none') return;
    const { config } = this;
    this.#streak = verdict === 'failure' ? this.#streak + 1 : 0;
    const careful = this.careful;
    const { consecutiveFailures: most } = config;
    if (most !== undefined && this.#streak >= (careful ? half(most) : most)) {
      this.#open();
      return;
    }
    const window = this.#window;
    window.record(verdict === 'failure', slow);
    if (window.calls < config.minimumCalls) {
      const isBad = verdict === 'failure' || slow;
      if (!careful || !isBad || window.calls < half(config.minimumCalls)) return;
    }
    const tooManyFailures = window.failures / window.calls >= config.errorRate;
    const tooManySlow = window.slow / window.calls >= config.slowRate;
    if (tooManyFailures || tooManySlow) this.#open();
  }

  #endProbe(verdict: Verdict, slow: boolean): void {
    this.#admitted -= 1;
    if (verdict === 'none') return;
    if (verdict === 'failure' || slow) {
      this.#open();
      return;
    }
    this.#succeededProbes += 1;
    if (this.#succeededProbes < this.config.probesToClose) return;
    this.#change('closed');
    if (this.config.rampUp > 0) this.#rampFrom = this.#clock.now();
    else this.#openings = 0;
  }

  #open(): void {
    const { openFor, maxOpenFor = openFor, jitter } = this.config;
    // In full service again: what was before is over.
    if (this.#rampFrom !== undefined && this.#clock.now() - this.#rampFrom >= this.config.rampUp)
      this.#openings = 0;
    const forMs = Math.min(maxOpenFor, openFor * 2 ** this.#openings);
    this.#openings += 1;
    this.#openUntil = this.#clock.now() + forMs * (1 - jitter * this.#random());
    this.#change('open');
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#epoch += 1;
    this.#admitted = 0;
    this.#succeededProbes = 0;
    this.#streak = 0;
    this.#rampFrom = undefined;
    this.#credit = 0;
    this.#window.clear();
    this.#onChange(state);
  }
}
