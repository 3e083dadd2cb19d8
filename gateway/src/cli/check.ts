/** `frontdesk check`: validates a configuration and says every fault with its place. */
import { formatFault } from '../config/fault.ts';
import { schemaFaults } from '../config/schema-faults.ts';
import { bffFaults } from './bff-faults.ts';
import { countOf, readConfiguration } from './configuration.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export async function check(options: { readonly config: string }, terminal: Terminal): Promise<number> {
  const config = readConfiguration(options.config, terminal);
  if (!config) return EXIT_FAILED;
  const inRoutes = await schemaFaults(config.routes);
  const bffs = await bffFaults(config, options.config);
  for (const warning of bffs.warnings) terminal.err(`${warning} (a warning)\n`);
  const faults = [...inRoutes.map(formatFault), ...bffs.faults];
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
  return EXIT_OK;
}
