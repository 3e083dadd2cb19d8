/** Tells operators what became of endpoints (health, ejections, breakers), in metrics and the log. */
import type { Logger } from '../../core/log.ts';
import type { Level } from '../balancing/placement.ts';
import type { BreakerState } from '../breaker/breaker.ts';
import type { UpstreamMetrics } from '../breaker/observation.ts';
import type { HealthEvent } from '../health/endpoint-health.ts';
import type { HealthEpoch } from '../health/health-epoch.ts';

const BREAKER_GAUGE: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 0.5, open: 1 };

export interface EndpointNewsOptions {
  readonly metrics: UpstreamMetrics;
  readonly logger: Logger;
  /** Moved on with every change. */
  readonly epoch: HealthEpoch;
}

export class EndpointNews {
  readonly #options: EndpointNewsOptions;
  /** How many endpoints have the same name now: a reload makes another before the old one has ended. */
  readonly #named = new Map<string, number>();
  /** By the same names: the templates that have a breaker there. */
  readonly #templates = new Map<string, Set<string>>();

  constructor(options: EndpointNewsOptions) {
    this.#options = options;
  }

  came(upstream: string, endpoint: string, hasBreaker: boolean): void {
    const { breakerState, balancing } = this.#options.metrics;
    const key = `${upstream} ${endpoint}`;
    this.#named.set(key, (this.#named.get(key) ?? 0) + 1);
    if (hasBreaker) breakerState(BREAKER_GAUGE.closed, upstream, endpoint);
    balancing.healthy(1, upstream, endpoint);
    balancing.ejected(0, upstream, endpoint);
  }

  /** Takes away what metrics tell of it, unless another has its name: endpoints that are discovered are many over time. */
  gone(upstream: string, endpoint: string): void {
    const key = `${upstream} ${endpoint}`;
    const others = (this.#named.get(key) ?? 1) - 1;
    if (others > 0) {
      this.#named.set(key, others);
      return;
    }
    this.#named.delete(key);
    const { breakerState, inFlight, queued, concurrencyLimit, balancing } = this.#options.metrics;
    const { healthy, ejected, warmth, templateBreakerState } = balancing;
    for (const gauge of [breakerState, inFlight, queued, concurrencyLimit, healthy, ejected, warmth]) {
      gauge(Number.NaN, upstream, endpoint);
    }
    for (const template of this.#templates.get(key) ?? [])
      templateBreakerState(Number.NaN, upstream, endpoint, template);
    this.#templates.delete(key);
  }

  /** `template`: whose breaker it is, where each has its own. */
  breaker(state: BreakerState, upstream: string, endpoint: string, template?: string): void {
    const { metrics, logger, epoch } = this.#options;
    epoch.value += 1;
    const value = BREAKER_GAUGE[state];
    if (template === undefined) metrics.breakerState(value, upstream, endpoint);
    else {
      const key = `${upstream} ${endpoint}`;
      const templates = this.#templates.get(key);
      if (templates) templates.add(template);
      else this.#templates.set(key, new Set([template]));
      metrics.balancing.templateBreakerState(value, upstream, endpoint, template);
    }
    const say = state === 'open' ? logger.warn : logger.info;
    const whose = template === undefined ? { upstream, endpoint } : { upstream, endpoint, template };
    say({ ...whose, state }, 'circuit breaker changed state');
  }

  /** `usable`: whether calls should go there now. */
  health(event: HealthEvent, usable: boolean, upstream: string, endpoint: string): void {
    const { metrics, logger, epoch } = this.#options;
    const { balancing } = metrics;
    epoch.value += 1;
    // Its ejection may end after it has gone: that is no news.
    if (!this.#named.has(`${upstream} ${endpoint}`)) return;
    balancing.healthy(usable ? 1 : 0, upstream, endpoint);
    switch (event.kind) {
      case 'ejected': {
        const { reason, forMs, times } = event;
        balancing.ejected(1, upstream, endpoint);
        balancing.ejections(1, upstream, reason);
        logger.warn({ upstream, endpoint, reason, forMs, times }, 'endpoint ejected');
        return;
      }
      case 'readmitted':
        balancing.ejected(0, upstream, endpoint);
        logger.info({ upstream, endpoint, by: event.by }, 'endpoint readmitted');
        return;
      case 'healthy':
        logger.info({ upstream, endpoint }, 'endpoint is healthy');
        return;
      case 'unhealthy':
        logger.warn({ upstream, endpoint, cause: event.cause }, 'endpoint is unhealthy');
        return;
    }
  }

  /** Calls are shared out otherwise over priorities and zones, or panic began or ended. */
  placement(levels: readonly Level[], upstream: string): void {
    const { logger } = this.#options;
    const told = levels.map(({ share, panic, beyond, targets }) => ({
      to: beyond ?? 'first',
      endpoints: targets.length,
      share: Math.round(share * 1000) / 1000,
      panic,
    }));
    if (levels.some(({ panic }) => panic)) {
      logger.warn({ upstream, levels: told }, 'too few endpoints are healthy: health is ignored');
    } else logger.info({ upstream, levels: told }, 'calls are shared out over endpoints');
  }
}
