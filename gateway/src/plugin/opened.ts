/** An opened plugin: what outlives the configurations that have it. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { OpenedPlugin, Plugin, PluginContext } from './definition.ts';
import type { PluginMetrics } from './metrics.ts';
import { PluginError } from './plugin-error.ts';
import { Suspension } from './suspension.ts';

export interface OpenPluginOptions {
  readonly plugin: Plugin;
  readonly name: string;
  readonly config: unknown;
  /** The configuration file's. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PluginMetrics;
}

export interface Opened {
  readonly step: OpenedPlugin;
  readonly suspension: Suspension;
  /** Ends what the plugin began; what fails there is logged. */
  close(): Promise<void>;
}

/** @throws PluginError where the plugin can't begin. */
export function openPlugin(options: OpenPluginOptions): Opened {
  const { plugin, name, config, folder, clock, logger, metrics } = options;
  const ends: (() => void | Promise<void>)[] = [];
  const told =
    (level: keyof PluginContext['log']) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      logger[level]({ ...fields, plugin: name }, message);
  const context: PluginContext = {
    name,
    folder,
    log: { info: told('info'), warn: told('warn'), error: told('error') },
    onClose: (end) => void ends.push(end),
  };
  let step: OpenedPlugin;
  try {
    step = plugin.open(config, context);
  } catch (error) {
    throw new PluginError(name, [`it could not begin: ${error instanceof Error ? error.message : error}`]);
  }
  if (typeof step.run !== 'function')
    throw new PluginError(name, [`it could not begin: expected a function from ${plugin.face}(…)`]);
  return {
    step,
    suspension: new Suspension(clock, (suspended) => {
      metrics.suspended(suspended ? 1 : 0, name);
      if (suspended) logger.error({ plugin: name }, 'a plugin is suspended: it stalls again and again');
      else logger.info({ plugin: name }, 'a plugin answers again');
    }),
    async close() {
      for (const end of ends.splice(0).reverse()) {
        try {
          await end();
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          logger.error({ plugin: name, reason }, 'a plugin could not end what it began');
        }
      }
    },
  };
}
