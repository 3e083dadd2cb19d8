/**
 * Plugins that are open, whatever configuration has them: one that a reload leaves alone goes on with what it has. Errors of
 * their code for which nobody waits are held, and a thread of its own names the plugin whose code never ends.
 */

import { url as debuggedAt } from 'node:inspector';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import type { StrayErrors } from '../handlers/bff/stray-errors.ts';
import { type PluginMetrics, pluginMetrics } from '../plugin/metrics.ts';
import { type Opened, openPlugin } from '../plugin/opened.ts';
import type { ReadPlugin } from '../plugin/read-plugin.ts';
import { Watchdog } from '../plugin/watchdog.ts';
import { type Entry, type Lease, lease } from '../upstream/endpoints/lease.ts';

export interface PluginResidentsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly strayErrors: StrayErrors;
}

export class PluginResidents {
  readonly #options: PluginResidentsOptions;
  readonly #open = new Map<string, Entry<Opened>>();
  #metrics: PluginMetrics | undefined;
  #watchdog: Watchdog | undefined;

  constructor(options: PluginResidentsOptions) {
    this.#options = options;
  }

  /** Made when the first plugin comes: a gateway without any has no series of them. */
  get metrics(): PluginMetrics {
    this.#metrics ??= pluginMetrics(this.#options.meter);
    return this.#metrics;
  }

  /** `folder` is the configuration file's. @throws PluginError where the plugin can't begin. */
  lease(read: ReadPlugin, folder: string): Lease<Opened> {
    const { plugin, name, value, file } = read;
    const { clock, logger } = this.#options;
    this.#know(read);
    return lease(
      this.#open,
      JSON.stringify([name, file, folder, value]),
      () => openPlugin({ plugin, name, config: value, folder, clock, logger, metrics: this.metrics }),
      (opened) => opened.close(),
    );
  }

  async close(): Promise<void> {
    await this.#watchdog?.close();
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(({ value }) => value.close()));
  }

  #know({ name, folder, file }: ReadPlugin): void {
    const { strayErrors, logger } = this.#options;
    const onStray = (kind: string, stack: string | undefined): void => {
      this.metrics.failures(1, name, 'stray');
      logger.error({ plugin: name, kind, stack }, 'an error of a plugin for which nobody waited');
    };
    strayErrors.knowOther(name, { folder }, onStray);
    strayErrors.knowOther(name, { file }, onStray);
    // A person at a breakpoint stands on purpose.
    if (debuggedAt() !== undefined) return;
    this.#watchdog ??= new Watchdog();
    this.#watchdog.know(name, { folder, file });
  }
}
