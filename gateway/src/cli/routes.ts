/** `frontdesk routes`: the compiled route table, in the order in which requests ask it. */
import { dirname, resolve } from 'node:path';
import { type ListedRoute, listRoutes } from '../mounts/route-listing.ts';
import { conditionsText } from '../router/route-conditions.ts';
import { compileRoutes, type Route } from '../router/route-table.ts';
import { compileRouting } from '../router/routing.ts';
import { bffLoader } from './bff-package.ts';
import { readConfiguration } from './configuration.ts';
import { reasonOf } from './reason.ts';
import { table } from './table.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface RoutesOptions {
  readonly config: string;
  readonly json?: boolean;
}

export async function routes(options: RoutesOptions, terminal: Terminal): Promise<number> {
  const config = readConfiguration(options.config, terminal);
  if (!config) return EXIT_FAILED;
  const specs = await listRoutes(config, bffLoader(dirname(resolve(options.config)), terminal));
  try {
    const list = compileRoutes(specs, compileRouting(config.routing)).list();
    terminal.out(options.json ? `${JSON.stringify(list.map(jsonOf), undefined, 2)}\n` : textOf(list));
    return EXIT_OK;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

/** Columns for conditions and priorities stand there where some route has one. */
function textOf(list: readonly Route<ListedRoute>[]): string {
  const hasConditions = list.some(({ conditions }) => conditions.length > 0);
  const hasPriority = list.some(({ priority }) => priority !== 0);
  const rows = list.map(({ methods, hosts, template, conditions, priority, value }) => [
    methods.join(',') || 'any',
    hosts.join(',') + template,
    ...(hasConditions ? [conditionsText(conditions) || '-'] : []),
    ...(hasPriority ? [String(priority)] : []),
    value.kind,
    value.target,
    value.auth,
    value.scopes.join(' ') || '-',
    value.limit,
  ]);
  const heads = [
    'METHODS',
    'PATH',
    ...(hasConditions ? ['CONDITIONS'] : []),
    ...(hasPriority ? ['PRIORITY'] : []),
    ...['KIND', 'TARGET', 'AUTH', 'SCOPES', 'LIMIT'],
  ];
  return table(heads, rows);
}

function jsonOf({
  methods,
  hosts,
  template,
  conditions,
  priority,
  source,
  value,
}: Route<ListedRoute>): unknown {
  const asked = conditions.map(({ subject, test }) => `${subject} ${test.says}`);
  return { methods, hosts, path: template, conditions: asked, priority, source, ...value };
}
