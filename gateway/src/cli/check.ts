/** `frontdesk check`: validates a configuration and says every fault with its place. */
import { dirname, resolve } from 'node:path';
import { sectionsForStart } from '../change/restart.ts';
import { formatFault } from '../config/fault.ts';
import { schemaFaults } from '../config/schema-faults.ts';
import { listMounts } from '../mounts/route-listing.ts';
import { bffFaults } from './bff-faults.ts';
import { bffLoader } from './bff-package.ts';
import { countOf, readConfiguration } from './configuration.ts';
import { pluginFaults } from './plugin-faults.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface CheckFlags {
  readonly config: string;
  /** What a gateway began with: changes that it takes over only at its next start are named. */
  readonly against?: string;
}

export async function check(options: CheckFlags, terminal: Terminal): Promise<number> {
  const config = readConfiguration(options.config, terminal);
  const before = options.against === undefined ? undefined : readConfiguration(options.against, terminal);
  if (!config || (options.against !== undefined && !before)) return EXIT_FAILED;
  const inRoutes = await schemaFaults(config.routes);
  const bffs = await bffFaults(config, options.config);
  for (const warning of bffs.warnings) terminal.err(`${warning} (a warning)\n`);
  const plugins = await pluginFaults(config, options.config, () =>
    listMounts(config, bffLoader(dirname(resolve(options.config)), { ...terminal, err: () => {} })),
  );
  const faults = [...inRoutes.map(formatFault), ...bffs.faults, ...plugins];
  if (faults.length > 0) {
    for (const fault of faults) terminal.err(`${fault}\n`);
    terminal.err(`\n${countOf(faults.length, 'fault')} in ${options.config}\n`);
    return EXIT_FAILED;
  }
  const parts = [
    countOf(config.routes.length, 'route'),
    countOf(Object.keys(config.upstreams).length, 'upstream'),
    countOf(Object.keys(config.plans).length, 'plan'),
    countOf(config.consumers.length, 'consumer'),
    countOf(config.bffs.length, 'BFF'),
    config.graph ? `the graph at ${config.graph.path}` : 'no graph',
  ];
  terminal.out(`${options.config} is good: ${parts.join(', ')}\n`);
  const waits = before ? sectionsForStart(before, config) : [];
  if (waits.length > 0) terminal.out(`Changes of ${waits.join(', ')} need a restart\n`);
  else if (before) terminal.out('No change needs a restart\n');
  return EXIT_OK;
}
