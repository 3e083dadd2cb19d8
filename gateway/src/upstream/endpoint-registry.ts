/**
 * Keeps what outlives a snapshot: each endpoint's connections, breaker and bulkhead, and each upstream's retry
 * budget, keyed by the upstream's name and the settings they depend on. A reload that leaves those alone keeps warm
 * connections and an open breaker. Whoever leases something returns it; with the last lease it is closed.
 */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { type BreakerState, CircuitBreaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import type { UpstreamConfig } from './config.ts';
import { Endpoint } from './endpoint.ts';
import { parseEndpointUrl } from './endpoint-url.ts';
import { type Entry, type Lease, lease } from './lease.ts';
import type { UpstreamMetrics } from './observation.ts';
import { RetryBudget } from './retry-budget.ts';
import { Transports } from './transports/choose-transport.ts';

export interface EndpointRegistryOptions {
  readonly clock: Clock;
  readonly metrics: UpstreamMetrics;
  readonly logger: Logger;
}

const BREAKER_GAUGE: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 0.5, open: 1 };

export class EndpointRegistry {
  readonly #options: EndpointRegistryOptions;
  readonly #transports: Transports;
  readonly #endpoints = new Map<string, Entry<Endpoint>>();
  readonly #budgets = new Map<string, Entry<RetryBudget>>();

  constructor(options: EndpointRegistryOptions) {
    this.#options = options;
    this.#transports = new Transports(options.clock);
  }

  /** How many endpoints are kept now. */
  get size(): number {
    return this.#endpoints.size;
  }

  endpoint(upstream: string, config: UpstreamConfig, url: string): Lease<Endpoint> {
    const { breaker, bulkhead } = config;
    const settings = [breaker, bulkhead, this.#transports.settingsOf(config)];
    const key = JSON.stringify([upstream, url, settings]);
    return lease(
      this.#endpoints,
      key,
      () => this.#makeEndpoint(upstream, config, url),
      (endpoint) => endpoint.transport.close(),
    );
  }

  budget(upstream: string, config: UpstreamConfig): Lease<RetryBudget> {
    const key = JSON.stringify([upstream, config.retry.budget]);
    const make = (): RetryBudget => new RetryBudget(config.retry.budget, this.#options.clock);
    return lease(this.#budgets, key, make, () => Promise.resolve());
  }

  #makeEndpoint(upstream: string, config: UpstreamConfig, url: string): Endpoint {
    const { clock } = this.#options;
    const address = parseEndpointUrl(url).label;
    if (config.tls?.insecureSkipVerify)
      this.#options.logger.warn(
        { upstream, endpoint: address },
        'the certificate of this upstream is NOT verified',
      );
    const onChange = (state: BreakerState): void => this.#announce(upstream, address, state);
    const breaker = config.breaker.enabled ? new CircuitBreaker(config.breaker, clock, onChange) : undefined;
    if (breaker) this.#options.metrics.breakerState(BREAKER_GAUGE.closed, upstream, address);
    const bulkhead = new Bulkhead(config.bulkhead, clock);
    // Who cannot open a stream now is not helped by waiting: streams end when they please.
    const places = { maxInFlight: config.bulkhead.maxStreams, maxQueue: 0, queueFor: 0 };
    const streams = new Bulkhead(places, clock);
    return new Endpoint({
      address,
      breaker,
      bulkhead,
      streams,
      transport: this.#transports.make(config, url),
    });
  }

  #announce(upstream: string, endpoint: string, state: BreakerState): void {
    const { metrics, logger } = this.#options;
    metrics.breakerState(BREAKER_GAUGE[state], upstream, endpoint);
    const say = state === 'open' ? logger.warn : logger.info;
    say({ upstream, endpoint, state }, 'circuit breaker changed state');
  }
}
