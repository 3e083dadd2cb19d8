/**
 * Keeps what outlives a snapshot: each endpoint's connections, breaker, bulkhead and health, and each upstream's retry
 * budget and outlier detector, keyed by the upstream's name and the settings they depend on. A reload that leaves those
 * alone keeps warm connections and an open breaker. Whoever leases something returns it; with the last lease it is
 * closed.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { CircuitBreaker } from '../breaker/breaker.ts';
import type { BreakerHints } from '../breaker/breaker-hints.ts';
import type { UpstreamMetrics } from '../breaker/observation.ts';
import { TemplateBreakers } from '../breaker/template-breakers.ts';
import { AdaptiveLimit } from '../bulkhead/adaptive-limit.ts';
import { Bulkhead } from '../bulkhead/bulkhead.ts';
import type { UpstreamConfig } from '../config.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { HealthCheck } from '../health/health-check.ts';
import type { HealthConfig } from '../health/health-config.ts';
import type { HealthEpoch } from '../health/health-epoch.ts';
import { makeProbe } from '../health/health-probe.ts';
import { OutlierDetector } from '../health/outlier-detector.ts';
import type { HedgeConfig } from '../retry/hedge-config.ts';
import { Hedging } from '../retry/hedging.ts';
import { RetryBudget } from '../retry/retry-budget.ts';
import { Transports } from '../transports/choose-transport.ts';
import { Endpoint } from './endpoint.ts';
import { EndpointNews } from './endpoint-news.ts';
import { parseEndpointUrl } from './endpoint-url.ts';
import { type Entry, type Lease, lease } from './lease.ts';

export interface EndpointRegistryOptions {
  readonly clock: Clock;
  readonly metrics: UpstreamMetrics;
  readonly logger: Logger;
  /** Default: `Math.random`. */
  readonly random?: Random;
  /** What processes tell each other of breakers. Default: nothing. */
  readonly hints?: BreakerHints | undefined;
}

export class EndpointRegistry {
  readonly #options: EndpointRegistryOptions;
  readonly #random: Random;
  readonly #transports: Transports;
  /** Moves on with the health and the breaker of any endpoint. */
  readonly epoch: HealthEpoch = { value: 0 };
  readonly news: EndpointNews;
  readonly #endpoints = new Map<string, Entry<Endpoint>>();
  /** By endpoints that hear hints: what ends that. */
  readonly #unhinted = new WeakMap<Endpoint, () => void>();
  readonly #checks = new Map<string, Entry<HealthCheck>>();
  readonly #budgets = new Map<string, Entry<RetryBudget>>();
  readonly #hedgings = new Map<string, Entry<Hedging>>();
  readonly #outliers = new Map<string, Entry<OutlierDetector>>();

  constructor(options: EndpointRegistryOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.news = new EndpointNews({ metrics: options.metrics, logger: options.logger, epoch: this.epoch });
    this.#transports = new Transports(options.clock);
  }

  /** How many endpoints are kept now. */
  get size(): number {
    return this.#endpoints.size;
  }

  /** `connectTo`: the IP address, where the URL's host is only the name to ask by. */
  endpoint(upstream: string, config: UpstreamConfig, url: string, connectTo?: string): Lease<Endpoint> {
    const { breaker, bulkhead } = config;
    const settings = [breaker, bulkhead, this.#transports.settingsOf(config)];
    const key = JSON.stringify([upstream, url, connectTo, settings]);
    const held = lease(
      this.#endpoints,
      key,
      () => this.#makeEndpoint(upstream, config, url, connectTo),
      async (endpoint) => {
        this.#unhinted.get(endpoint)?.();
        await endpoint.close();
        this.news.gone(upstream, endpoint.address);
      },
    );
    const { health } = config;
    return health ? this.#checked(held, key, upstream, config, health, url, connectTo) : held;
  }

  /** The same, asked after its health for as long as it is leased. Other questions are another check, not another endpoint. */
  #checked(
    held: Lease<Endpoint>,
    key: string,
    upstream: string,
    config: UpstreamConfig,
    health: HealthConfig,
    url: string,
    connectTo: string | undefined,
  ): Lease<Endpoint> {
    const start = (): HealthCheck => {
      const endpoint = held.value;
      const check = new HealthCheck({
        probe: makeProbe({
          upstream,
          endpoint,
          health,
          destination: this.#transports.destination(config, url, connectTo),
        }),
        health: endpoint.health,
        config: health,
        clock: this.#options.clock,
        random: this.#random,
        probed: (outcome) => this.#options.metrics.balancing.probes(1, upstream, outcome),
      });
      check.start();
      return check;
    };
    const check = lease(this.#checks, JSON.stringify([key, health]), start, async (one) => one.close());
    return {
      value: held.value,
      release: async () => void (await Promise.all([check.release(), held.release()])),
    };
  }

  /** One for an upstream, whatever its settings: who watches says by which it goes. */
  outliers(upstream: string): Lease<OutlierDetector> {
    const make = (): OutlierDetector => new OutlierDetector(this.#options.clock);
    return lease(this.#outliers, upstream, make, async (detector) => detector.close());
  }

  hedging(upstream: string, config: HedgeConfig): Lease<Hedging> {
    const make = (): Hedging => new Hedging(config, this.#options.clock);
    return lease(this.#hedgings, JSON.stringify([upstream, config]), make, () => Promise.resolve());
  }

  budget(upstream: string, config: UpstreamConfig): Lease<RetryBudget> {
    const key = JSON.stringify([upstream, config.retry.budget]);
    const make = (): RetryBudget => new RetryBudget(config.retry.budget, this.#options.clock);
    return lease(this.#budgets, key, make, () => Promise.resolve());
  }

  #makeEndpoint(
    upstream: string,
    config: UpstreamConfig,
    url: string,
    connectTo: string | undefined,
  ): Endpoint {
    const { clock } = this.#options;
    const address = parseEndpointUrl(url, connectTo).label;
    if (config.tls?.insecureSkipVerify)
      this.#options.logger.warn(
        { upstream, endpoint: address },
        'the certificate of this upstream is NOT verified',
      );
    const { news } = this;
    const { enabled, per } = config.breaker;
    const hints = enabled && config.breaker.hints !== 'off' ? this.#options.hints : undefined;
    const shares = config.breaker.hints === 'share';
    const makeBreaker = (template?: string): CircuitBreaker =>
      new CircuitBreaker(config.breaker, {
        clock,
        random: this.#random,
        onChange: (state) => {
          news.breaker(state, upstream, address, template);
          if (shares) hints?.tell(state, { upstream, endpoint: address, template });
        },
      });
    const breaker = enabled && per === 'endpoint' ? makeBreaker() : undefined;
    const templates = enabled && per === 'template' ? new TemplateBreakers(makeBreaker) : undefined;
    news.came(upstream, address, breaker !== undefined);
    const health = new EndpointHealth(clock, (event) => news.health(event, health.usable, upstream, address));
    const bulkhead = new Bulkhead(config.bulkhead, clock);
    const { concurrency } = config.bulkhead;
    const adaptive = concurrency && new AdaptiveLimit(concurrency, bulkhead, clock, this.#random);
    // Who cannot open a stream now is not helped by waiting: streams end when they please.
    const places = { maxInFlight: config.bulkhead.maxStreams, maxQueue: 0, queueFor: 0 };
    const streams = new Bulkhead(places, clock);
    const endpoint = new Endpoint({
      address,
      breaker,
      templates,
      bulkhead,
      adaptive,
      streams,
      health,
      transport: this.#transports.make(config, url, connectTo),
    });
    const ofTemplate = (template: string | undefined): CircuitBreaker | undefined =>
      template === undefined ? breaker : templates?.find(template);
    if (hints) this.#unhinted.set(endpoint, hints.join(upstream, address, ofTemplate));
    return endpoint;
  }
}
