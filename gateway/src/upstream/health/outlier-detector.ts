/**
 * Outlier detection for the endpoints of one upstream, as Envoy does it: failures in a row eject at once, rates are
 * compared in sweeps. It outlives snapshots; the newest set says how many endpoints there are to share the calls. What
 * it knows of an endpoint is kept with the endpoint.
 *
 * Invariants: with one endpoint nobody is ejected, with more at most the configured part of them, and whoever was
 * ejected is let back in.
 */
import type { Clock } from '../../core/clock.ts';
import type { Verdict } from '../breaker/verdict.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { EjectionReason } from './endpoint-health.ts';
import type { OutlierConfig } from './outlier-config.ts';
import { failureOutliers, successRateOutliers } from './outlier-statistics.ts';

interface Watched {
  readonly targets: readonly { readonly endpoint: Endpoint }[];
}

export class OutlierDetector {
  readonly #clock: Clock;
  /** Who goes by it, the newest last. */
  #watches: { readonly set: Watched; readonly config: OutlierConfig }[] = [];
  readonly #ejected = new Set<Endpoint>();
  #disarm: (() => void) | undefined;
  /** By the clock's `now`; `undefined` while none is due. */
  #nextSweepMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on this set and these settings count. Returns the way to take them back. */
  watch(set: Watched, config: OutlierConfig): () => void {
    const watch = { set, config };
    this.#watches.push(watch);
    return () => {
      this.#watches = this.#watches.filter((one) => one !== watch);
    };
  }

  /** What came of a call; `status` is 0 where there was no reply. Calls that say nothing are not told. */
  record(endpoint: Endpoint, status: number, verdict: Verdict): void {
    const { counts } = endpoint.health;
    // Without an answer, or with half of one; what is a failure to a breaker alone (429, say) is none here.
    const broken = status < 400 && verdict === 'failure';
    const gatewayFailure = broken || (status >= 502 && status <= 504);
    counts.calls += 1;
    if (!this.#disarm) this.#arm();
    if (status < 500 && !broken) {
      counts.serverErrors = 0;
      counts.gatewayFailures = 0;
      return;
    }
    counts.failures += 1;
    counts.serverErrors += 1;
    counts.gatewayFailures = gatewayFailure ? counts.gatewayFailures + 1 : 0;
    const config = this.#watches.at(-1)?.config;
    if (!config) return;
    // At least: a reload may have set fewer than there were.
    if (reached(counts.serverErrors, config.consecutive5xx)) {
      counts.serverErrors = 0;
      this.#eject(endpoint, 'consecutive_5xx', config);
    }
    if (gatewayFailure && reached(counts.gatewayFailures, config.consecutiveGatewayFailures)) {
      counts.gatewayFailures = 0;
      this.#eject(endpoint, 'consecutive_gateway_failure', config);
    }
  }

  /** Lets everybody back in. */
  close(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    for (const endpoint of this.#ejected) endpoint.health.readmit('settings');
    this.#ejected.clear();
  }

  #endpoints(): Endpoint[] {
    const targets = this.#watches.at(-1)?.set.targets ?? [];
    return [...new Set(targets.map(({ endpoint }) => endpoint))];
  }

  #eject(endpoint: Endpoint, reason: EjectionReason, config: OutlierConfig): void {
    const { health } = endpoint;
    if (health.ejectedUntilMs !== undefined) return;
    const all = this.#endpoints();
    if (all.length < 2 || !all.includes(endpoint)) return;
    const away = all.filter((one) => one.health.ejectedUntilMs !== undefined).length;
    if (away > 0 && (away + 1) * 100 > config.maxEjected * all.length) return;
    // What made no ejection longer is not to be made up for by good behaviour either.
    health.ejections = Math.min(health.ejections, Math.ceil(config.maxEjectFor / config.ejectFor) - 1);
    const forMs = Math.min(config.maxEjectFor, config.ejectFor * (health.ejections + 1));
    this.#ejected.add(endpoint);
    health.eject(reason, forMs);
    this.#arm();
  }

  /** One timer, for the next sweep or the first who may come back; none while there is nothing to do. */
  #arm(): void {
    const config = this.#watches.at(-1)?.config;
    if (!config) return;
    const now = this.#clock.now();
    this.#nextSweepMs ??= now + config.interval;
    this.#disarm?.();
    let atMs = this.#nextSweepMs;
    for (const { health } of this.#ejected) atMs = Math.min(atMs, health.ejectedUntilMs ?? now);
    this.#disarm = this.#clock.after(Math.max(0, atMs - now), () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.now();
    this.#disarm = undefined;
    let busy = true;
    if (this.#nextSweepMs !== undefined && now >= this.#nextSweepMs) {
      this.#nextSweepMs = undefined;
      // Before anybody comes back: the time until now was none in which it behaved.
      busy = this.#sweep();
    }
    for (const endpoint of this.#ejected) {
      const { ejectedUntilMs } = endpoint.health;
      if (ejectedUntilMs !== undefined && ejectedUntilMs > now) continue;
      // A probe may have brought it back before.
      this.#ejected.delete(endpoint);
      endpoint.health.readmit('time');
    }
    if (busy || this.#ejected.size > 0) this.#arm();
  }

  /** Returns whether there will be anything to do at the next one. */
  #sweep(): boolean {
    const config = this.#watches.at(-1)?.config;
    if (!config) return false;
    const staying: { endpoint: Endpoint; calls: number; failures: number }[] = [];
    let busy = false;
    for (const endpoint of this.#endpoints()) {
      const { health } = endpoint;
      const { counts } = health;
      if (counts.calls > 0 || health.ejections > 0) busy = true;
      if (health.ejectedUntilMs === undefined) {
        staying.push({ endpoint, calls: counts.calls, failures: counts.failures });
        // It has behaved since the last sweep: the next ejection is shorter again.
        if (health.ejections > 0) health.ejections -= 1;
      }
      counts.calls = 0;
      counts.failures = 0;
    }
    if (config.successRate.enabled) {
      for (const { endpoint } of successRateOutliers(staying, config.successRate))
        this.#eject(endpoint, 'success_rate', config);
    }
    if (config.failurePercentage) {
      for (const { endpoint } of failureOutliers(staying, config.failurePercentage))
        this.#eject(endpoint, 'failure_percentage', config);
    }
    return busy;
  }
}

/** 0 is never reached: it is not judged. */
function reached(inARow: number, limit: number): boolean {
  return limit > 0 && inARow >= limit;
}
