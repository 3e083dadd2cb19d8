/** An entry of `plugins` whose code is loaded, and which fits. */
import type { Place } from '../core/placed-steps.ts';
import type { PluginConfig } from './config.ts';
import type { LoadedPlugin } from './load.ts';

export interface ReadPlugin extends LoadedPlugin {
  readonly name: string;
  readonly entry: PluginConfig;
  readonly place: Place;
  /** What the plugin is told. */
  readonly value: unknown;
}
