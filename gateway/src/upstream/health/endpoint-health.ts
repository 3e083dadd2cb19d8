/**
 * What is known of an endpoint's health: what probes say, and whether outlier detection has sent it away for a while.
 * It lives with the endpoint, so a reload keeps it. Whoever changes it says why; operators are told.
 */
import type { Clock } from '../../core/clock.ts';

export type EjectionReason =
  | 'consecutive_5xx'
  | 'consecutive_gateway_failure'
  | 'success_rate'
  | 'failure_percentage';

export type HealthEvent =
  | {
      readonly kind: 'ejected';
      readonly reason: EjectionReason;
      readonly forMs: number;
      /** How often in a row: 1 for the first time. */
      readonly times: number;
    }
  | { readonly kind: 'readmitted'; readonly by: 'time' | 'probe' | 'settings' }
  | { readonly kind: 'healthy' }
  | { readonly kind: 'unhealthy'; readonly cause: string };

/** `unknown` until a probe has answered: taken to be healthy. */
export type ProbeState = 'unknown' | 'healthy' | 'unhealthy';

/** What outlier detection counts of an endpoint. Written with each call, so plain numbers. */
class OutlierCounts {
  /** Failures in a row. */
  serverErrors = 0;
  gatewayFailures = 0;
  /** Since the last sweep. */
  calls = 0;
  failures = 0;
}

export class EndpointHealth {
  readonly counts = new OutlierCounts();
  readonly #clock: Clock;
  readonly #onEvent: (event: HealthEvent) => void;
  #probed: ProbeState = 'unknown';
  #probers = 0;
  #ejectedUntilMs: number | undefined;
  /** Ejections that follow each other; good times take them back one by one. */
  ejections = 0;
  /** When it came, or came back. By the clock's `now`. */
  #cameAtMs: number;

  constructor(clock: Clock, onEvent: (event: HealthEvent) => void = () => {}) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#cameAtMs = clock.now();
  }

  /** Whether calls should go there. */
  get usable(): boolean {
    return this.#ejectedUntilMs === undefined && this.#probed !== 'unhealthy';
  }

  get cameAtMs(): number {
    return this.#cameAtMs;
  }

  get probed(): ProbeState {
    return this.#probed;
  }

  /** By the clock's `now`; `undefined` unless it is ejected. */
  get ejectedUntilMs(): number | undefined {
    return this.#ejectedUntilMs;
  }

  eject(reason: EjectionReason, forMs: number): void {
    this.ejections += 1;
    this.#ejectedUntilMs = this.#clock.now() + forMs;
    this.#onEvent({ kind: 'ejected', reason, forMs, times: this.ejections });
  }

  readmit(by: 'time' | 'probe' | 'settings'): void {
    if (this.#ejectedUntilMs === undefined) return;
    this.#ejectedUntilMs = undefined;
    this.counts.serverErrors = 0;
    this.counts.gatewayFailures = 0;
    this.#cameAtMs = this.#clock.now();
    this.#onEvent({ kind: 'readmitted', by });
  }

  /** Probes have come to say this. */
  setHealthy(): void {
    if (this.#probed === 'healthy') return;
    if (this.#probed === 'unhealthy') this.#cameAtMs = this.#clock.now();
    this.#probed = 'healthy';
    this.#onEvent({ kind: 'healthy' });
  }

  setUnhealthy(cause: string): void {
    if (this.#probed === 'unhealthy') return;
    this.#probed = 'unhealthy';
    this.#onEvent({ kind: 'unhealthy', cause });
  }

  /** Somebody asks from now on; a reload that changes the questions begins before it ends what was. */
  beginProbes(): void {
    this.#probers += 1;
  }

  /** When nobody probes it any more, what probes said holds no longer. */
  endProbes(): void {
    this.#probers -= 1;
    if (this.#probers > 0) return;
    if (this.#probed === 'unhealthy') this.setHealthy();
    this.#probed = 'unknown';
  }
}
