/**
 * A circuit breaker for one endpoint. Closed, it watches; when too many of the calls in its window failed (or were
 * slow) it opens and refuses everything for a while; then one probe at a time is let through, and the first that
 * succeeds closes it.
 *
 * Invariants: a verdict counts only in the state its call was admitted in, so that late news from before an
 * opening neither closes nor reopens anything; a probe without a verdict gives its place back.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import type { Outcome } from '../core/settlement.ts';
import { durationMs } from '../settings/settings.ts';
import { type BreakerWindow, CountWindow, TimeWindow } from './breaker-window.ts';

const rate = z.number().gt(0).max(1);

export const breakerConfig = z
  .strictObject({
    enabled: z.boolean().default(true),
    windowCalls: z.int().min(1).max(10_000).default(20).describe('Judge the last so many calls'),
    windowTime: durationMs.optional().describe('Judge the calls of this time instead of a number of them'),
    minimumCalls: z
      .int()
      .min(1)
      .max(100_000)
      .default(20)
      .describe('Calls in the window before it judges at all'),
    errorRate: rate.default(0.5).describe('Share of failures that opens it'),
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
    patience: durationMs
      .prefault('100ms')
      .describe('A call that its deadline cut earlier than this says nothing about the endpoint'),
  })
  .prefault({})
  .refine((config) => config.windowTime !== undefined || config.minimumCalls <= config.windowCalls, {
    message: 'expected minimumCalls to be no more than windowCalls: else the breaker never opens',
    path: ['minimumCalls'],
  });

export type BreakerConfig = z.output<typeof breakerConfig>;

export type BreakerState = 'closed' | 'open' | 'half-open';

export type Verdict = 'success' | 'failure' | 'none';

/** Names the state that a call was admitted in; handed back with its verdict. */
export type Permit = number;

/** `begin`'s answer when it refuses. */
export const REFUSED: Permit = -1;

export class CircuitBreaker {
  readonly config: BreakerConfig;
  readonly #clock: Clock;
  readonly #onChange: (state: BreakerState) => void;
  readonly #window: BreakerWindow;
  #state: BreakerState = 'closed';
  /** Grows with every change of state. */
  #epoch = 0;
  #openUntil = 0;
  #probing = false;

  constructor(config: BreakerConfig, clock: Clock, onChange: (state: BreakerState) => void = () => {}) {
    this.config = config;
    this.#clock = clock;
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

  /** Whether `begin` would admit a call now. */
  get admits(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'open') return this.#clock.now() >= this.#openUntil;
    return !this.#probing;
  }

  /** Milliseconds until it will probe: 0 unless it is open. */
  get retryAfterMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - this.#clock.now()) : 0;
  }

  /** Admits a call, or returns `REFUSED`. Every permit must come back through `end`, once. */
  begin(): Permit {
    if (this.#state === 'closed') return this.#epoch;
    if (this.#state === 'open') {
      if (this.#clock.now() < this.#openUntil) return REFUSED;
      this.#change('half-open');
    }
    if (this.#probing) return REFUSED;
    this.#probing = true;
    return this.#epoch;
  }

  /** `slow` counts with a success: a failure is bad enough. */
  end(permit: Permit, verdict: Verdict, slow = false): void {
    if (permit !== this.#epoch) return;
    if (this.#state === 'half-open') {
      this.#probing = false;
      if (verdict === 'none') return;
      if (verdict === 'failure' || slow) this.#open();
      else this.#close();
      return;
    }
    if (verdict === 'none') return;
    const window = this.#window;
    window.record(verdict === 'failure', slow);
    if (window.calls < this.config.minimumCalls) return;
    const tooManyFailures = window.failures / window.calls >= this.config.errorRate;
    const tooManySlow = window.slow / window.calls >= this.config.slowRate;
    if (tooManyFailures || tooManySlow) this.#open();
  }

  #open(): void {
    this.#openUntil = this.#clock.now() + this.config.openFor;
    this.#change('open');
  }

  #close(): void {
    this.#change('closed');
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#epoch += 1;
    this.#probing = false;
    this.#window.clear();
    this.#onChange(state);
  }
}

/** What a reply that has settled says of its endpoint. */
export function judgeReply(
  config: BreakerConfig,
  status: number,
  outcome: Outcome,
  elapsedMs: number,
): Verdict {
  if (status >= config.failureStatus) return 'failure';
  if (outcome.kind === 'complete') return 'success';
  return outcome.kind === 'aborted' ? 'none' : judgeError(config, outcome.error, elapsedMs);
}

/** What an attempt that brought no reply, or half of one, says of its endpoint. Our own refusals say nothing. */
export function judgeError(config: BreakerConfig, error: unknown, elapsedMs: number): Verdict {
  if (!(error instanceof FrontdeskError)) return 'none';
  switch (error.code) {
    case 'upstream_connect':
    case 'upstream_reset':
    case 'upstream_timeout':
    case 'upstream_invalid':
      return 'failure';
    case 'deadline_exceeded':
      // An endpoint that hangs would never be found out if only its own timeout counted.
      return elapsedMs >= config.patience ? 'failure' : 'none';
    default:
      return 'none';
  }
}
