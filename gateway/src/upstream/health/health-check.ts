/**
 * Asks one endpoint again and again whether it is well, and tells its health what comes of it. The first answer
 * decides alone; after that it takes several in a row to change the verdict. Answers that are good also bring back an
 * endpoint that outlier detection has sent away.
 *
 * It runs from `start` to `close`: for as long as anybody leases the endpoint.
 */
import { Cancellation } from '../../core/abort.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { systemContext } from '../outgoing/system-context.ts';
import type { EndpointHealth } from './endpoint-health.ts';

/** Asks once; rejects with why it is not well. Gives up when the context is cancelled. */
export type Probe = (context: CallContext) => Promise<void>;

export interface HealthCheckOptions {
  readonly probe: Probe;
  readonly health: EndpointHealth;
  readonly config: {
    readonly interval: number;
    readonly timeout: number;
    readonly healthyAfter: number;
    readonly unhealthyAfter: number;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly probed: (outcome: 'success' | 'failure') => void;
}

/** The first questions to many endpoints are spread over so long, or an interval. */
const FIRST_WITHIN_MS = 500;
const JITTER = 0.1;

export class HealthCheck {
  readonly #options: HealthCheckOptions;
  readonly #cancellation = new Cancellation();
  #disarm: (() => void) | undefined;
  #good = 0;
  #bad = 0;
  /** The ejection that `#goodSince` counts from. */
  #ejectedUntilMs: number | undefined;
  #goodSince = 0;

  constructor(options: HealthCheckOptions) {
    this.#options = options;
  }

  start(): void {
    const { config, random, health } = this.#options;
    health.beginProbes();
    this.#wait(random() * Math.min(FIRST_WITHIN_MS, config.interval));
  }

  close(): void {
    this.#disarm?.();
    this.#cancellation.cancel(new FrontdeskError('client_closed', { detail: 'nobody asks any more' }));
    this.#options.health.endProbes();
  }

  #wait(delayMs: number): void {
    this.#disarm = this.#options.clock.after(delayMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const { clock, config, probe, random } = this.#options;
    const own = new Cancellation();
    const stopListening = this.#cancellation.onCancel((reason) => own.cancel(reason));
    const context = systemContext({ clock, deadlineMs: config.timeout, cancellation: own });
    let cause: string | undefined;
    try {
      await probe(context);
    } catch (error) {
      cause = causeOf(error, config.timeout);
    }
    context.deadline.end();
    stopListening();
    if (this.#cancellation.cancelled) return;
    if (cause === undefined) this.#succeeded();
    else this.#failed(cause);
    this.#wait(config.interval * (1 - JITTER + 2 * JITTER * random()));
  }

  #succeeded(): void {
    const { health, config, probed } = this.#options;
    probed('success');
    this.#good += 1;
    this.#bad = 0;
    if (health.probed === 'unknown' || this.#good >= config.healthyAfter) health.setHealthy();
    if (health.ejectedUntilMs === undefined) return;
    if (health.ejectedUntilMs !== this.#ejectedUntilMs) {
      this.#ejectedUntilMs = health.ejectedUntilMs;
      this.#goodSince = 0;
    }
    this.#goodSince += 1;
    if (this.#goodSince >= config.healthyAfter) health.readmit('probe');
  }

  #failed(cause: string): void {
    const { health, config, probed } = this.#options;
    probed('failure');
    this.#bad += 1;
    this.#good = 0;
    this.#goodSince = 0;
    if (health.probed === 'unknown' || this.#bad >= config.unhealthyAfter) health.setUnhealthy(cause);
  }
}

function causeOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof FrontdeskError)) return error instanceof Error ? error.message : 'unknown';
  return error.code === 'deadline_exceeded' ? `no answer in ${timeoutMs} ms` : (error.detail ?? error.code);
}
