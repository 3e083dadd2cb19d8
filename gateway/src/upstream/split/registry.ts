/**
 * Keeps how splits stand beyond a snapshot, by the split's name and settings and by where its sides lead: a reload that
 * leaves those alone neither begins the steps anew nor lifts a rollback; one that replaces a side's endpoints does.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { type Entry, type Lease, lease } from '../lease.ts';
import type { SplitConfig } from './config.ts';
import { type SplitMetrics, splitMetrics } from './metrics.ts';
import { Rollout } from './rollout.ts';

export interface SplitRegistryOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
}

export class SplitRegistry {
  readonly metrics: SplitMetrics;
  readonly #options: SplitRegistryOptions;
  readonly #rollouts = new Map<string, Entry<Rollout>>();

  constructor(options: SplitRegistryOptions) {
    this.#options = options;
    this.metrics = splitMetrics(options.meter);
  }

  /** `places`: where the sides but the first lead, as plain data. */
  lease(name: string, config: SplitConfig, places: unknown): Lease<Rollout> {
    const { clock, logger } = this.#options;
    const make = (): Rollout => new Rollout({ name, config, clock, logger, metrics: this.metrics });
    const key = JSON.stringify([name, config, places]);
    const held = lease(this.#rollouts, key, make, async (rollout) => {
      rollout.close();
      // Of a configuration that was not taken over, another goes on.
      this.#ofName(name).at(-1)?.speak();
    });
    for (const other of this.#ofName(name)) if (other !== held.value) other.quiet();
    held.value.speak();
    return held;
  }

  /** The newest is the last. */
  #ofName(name: string): Rollout[] {
    return [...this.#rollouts.values()].map(({ value }) => value).filter((one) => one.name === name);
  }
}
