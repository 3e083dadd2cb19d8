/**
 * The discoveries of this process: one for all upstreams and snapshots that ask for the same. With the last lease one ends;
 * a reload that leaves its settings alone keeps its watch and its endpoints.
 */
import type { Clock, Random } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { type Entry, type Lease, lease } from '../endpoints/lease.ts';
import type { DiscoverConfig } from './config.ts';
import { DiscoveredSet } from './discovered-set.ts';
import { type DiscoveryMetrics, discoveryMetrics } from './metrics.ts';
import { openSource } from './open-source.ts';

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: Meter;
  readonly logger: Logger;
}

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #metrics: DiscoveryMetrics;
  readonly #sets = new Map<string, Entry<DiscoveredSet>>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#metrics = discoveryMetrics(options.meter);
  }

  /** How many sources are followed now. */
  get size(): number {
    return this.#sets.size;
  }

  /** `secure`: endpoints that are not https:// are refused. */
  lease(config: DiscoverConfig, secure = false): Lease<DiscoveredSet> {
    const { clock, random, logger } = this.#options;
    const make = (): DiscoveredSet => {
      const source = openSource(config, { clock, random });
      const settings = { ...config, secure };
      return new DiscoveredSet({ source, settings, clock, random, metrics: this.#metrics, logger });
    };
    return lease(this.#sets, JSON.stringify([config, secure]), make, (set) => set.close());
  }
}
