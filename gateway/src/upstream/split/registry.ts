/**
 * Keeps how splits stand beyond a snapshot, by the split's name and settings and by where its sides lead: a reload that
 * leaves those alone neither begins the steps anew nor lifts a rollback; one that replaces a side's endpoints does.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { Meter } from '../../core/meter.ts';
import { type Entry, type Lease, lease } from '../endpoints/lease.ts';
import type { SplitConfig } from './config.ts';
import { type SplitMetrics, splitMetrics } from './metrics.ts';
import { Rollout } from './rollout.ts';
import type { SharedSplits, SplitVoice } from './shared-splits.ts';

export interface SplitRegistryOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly logger: Logger;
  /** `undefined` where this process decides alone. */
  readonly shared?: SharedSplits | undefined;
}

export class SplitRegistry {
  readonly metrics: SplitMetrics;
  readonly #options: SplitRegistryOptions;
  readonly #rollouts = new Map<string, Entry<Rollout>>();
  readonly #voices = new Map<string, SplitVoice>();

  constructor(options: SplitRegistryOptions) {
    this.#options = options;
    this.metrics = splitMetrics(options.meter);
  }

  /** `places`: where the sides but the first lead, as plain data. */
  lease(name: string, config: SplitConfig, places: unknown): Lease<Rollout> {
    const key = JSON.stringify([name, config, places]);
    const make = (): Rollout => this.#make(key, name, config);
    const held = lease(this.#rollouts, key, make, async (rollout) => {
      this.#voices.get(key)?.end();
      this.#voices.delete(key);
      rollout.close();
      // Of a configuration that was not taken over, another goes on.
      this.#ofName(name).at(-1)?.speak();
    });
    for (const other of this.#ofName(name)) if (other !== held.value) other.quiet();
    held.value.speak();
    return held;
  }

  /** Resolves when what was decided by others is known, or could not be had in time. */
  get known(): Promise<void> {
    return this.#options.shared?.known ?? Promise.resolve();
  }

  #make(key: string, name: string, config: SplitConfig): Rollout {
    const { clock, logger, shared } = this.#options;
    const common = { name, config, clock, logger, metrics: this.metrics };
    if (!shared) return new Rollout(common);
    const tell = async (word: Parameters<SplitVoice['tell']>[0]): Promise<boolean> =>
      (await this.#voices.get(key)?.tell(word)) ?? false;
    const rollout = new Rollout({ ...common, tell });
    const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
    this.#voices.set(
      key,
      shared.join(digest, (word, ageMs) => rollout.hear(word, ageMs)),
    );
    return rollout;
  }

  /** The newest is the last. */
  #ofName(name: string): Rollout[] {
    return [...this.#rollouts.values()].map(({ value }) => value).filter((one) => one.name === name);
  }
}
