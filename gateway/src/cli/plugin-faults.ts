/** What is wrong with the plugins of a configuration, as far as it shows without serving: for `frontdesk check`. */
import { dirname, resolve } from 'node:path';
import { formatFault } from '../config/fault.ts';
import type { Config } from '../config/schema.ts';
import type { PlannedMount } from '../mounts/mount-plan.ts';

/** Loads their code, as a start would, and holds what each is told to its schema. `mounts`: what there is to stand on. */
export async function pluginFaults(
  config: Config,
  file: string,
  mounts: () => Promise<readonly PlannedMount[]>,
): Promise<string[]> {
  if (config.plugins.length === 0) return [];
  const { readPlugins, routeFaults } = await import('../chains/plugins.ts');
  const { plugins, faults } = await readPlugins(config, dirname(resolve(file)));
  const unmatched = plugins.some(({ entry }) => entry.routes) ? routeFaults(plugins, await mounts()) : [];
  return [...faults, ...unmatched].map(formatFault);
}
