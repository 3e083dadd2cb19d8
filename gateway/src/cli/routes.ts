/** `frontdesk routes`: the compiled route table, in the order in which requests ask it. */
import { dirname, resolve } from 'node:path';
import { compileRoutes } from '../router/route-table.ts';
import { bffLoader } from './bff-package.ts';
import { readConfiguration } from './configuration.ts';
import { reasonOf } from './reason.ts';
import { listRoutes } from './route-listing.ts';
import { table } from './table.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export async function routes(options: { readonly config: string }, terminal: Terminal): Promise<number> {
  const config = readConfiguration(options.config, terminal);
  if (!config) return EXIT_FAILED;
  const specs = await listRoutes(config, bffLoader(dirname(resolve(options.config)), terminal));
  try {
    const rows = compileRoutes(specs)
      .list()
      .map(({ methods, hosts, template, value }) => [
        methods.join(',') || 'any',
        hosts.join(',') + template,
        value.kind,
        value.target,
        value.auth,
        value.scopes.join(' ') || '-',
        value.limit,
      ]);
    terminal.out(table(['METHODS', 'PATH', 'KIND', 'TARGET', 'AUTH', 'SCOPES', 'LIMIT'], rows));
    return EXIT_OK;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}
