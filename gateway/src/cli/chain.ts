/** `frontdesk routes --chain`: the steps of each route and of each upstream in their order, plugins marked. */
import { dirname, resolve } from 'node:path';
import { chainOrders, type ListedChain, type ListedStep } from '../chains/chain-orders.ts';
import { suggestion } from '../config/nearest.ts';
import { listed, listMounts } from '../mounts/route-listing.ts';
import { bffLoader } from './bff-package.ts';
import { readConfiguration } from './configuration.ts';
import { reasonOf } from './reason.ts';
import { EXIT_FAILED, EXIT_OK, type Terminal } from './terminal.ts';

export interface ChainFlags {
  readonly config: string;
  readonly json?: boolean;
}

/** `route`: the path of the only one to tell of. */
export async function chain(
  route: string | undefined,
  flags: ChainFlags,
  terminal: Terminal,
): Promise<number> {
  const config = readConfiguration(flags.config, terminal);
  if (!config) return EXIT_FAILED;
  const folder = dirname(resolve(flags.config));
  const targetOf = ({ mount }: ListedChain): string => {
    const { kind, target } = listed(mount, config).value;
    return `${kind} ${target}`;
  };
  try {
    const mounts = await listMounts(config, bffLoader(folder, terminal));
    const orders = await chainOrders(config, folder, mounts);
    const routes = route === undefined ? orders.routes : orders.routes.filter(({ path }) => path === route);
    if (routes.length === 0 && route !== undefined) {
      const known = orders.routes.map(({ path }) => path);
      terminal.err(`no route has the path ${route}; ${suggestion(route, known)}\n`);
      return EXIT_FAILED;
    }
    const reached = new Set(routes.flatMap(({ upstreams }) => upstreams ?? Object.keys(orders.upstreams)));
    const outbound = Object.entries(orders.upstreams).filter(
      ([name]) => route === undefined || reached.has(name),
    );
    if (flags.json) {
      const told = routes.map((one) => ({
        methods: one.mount.match.methods ?? [],
        path: one.path,
        source: one.mount.source,
        inbound: one.inbound,
        handler: targetOf(one),
        upstreams: one.upstreams,
      }));
      const all = { door: orders.door, routes: told, upstreams: Object.fromEntries(outbound) };
      terminal.out(`${JSON.stringify(all, undefined, 2)}\n`);
      return EXIT_OK;
    }
    terminal.out(`every request\n  ${stepsText(orders.door)} > match\n`);
    for (const one of routes) terminal.out(`${routeText(one)} > ${targetOf(one)}\n`);
    for (const [name, steps] of outbound) terminal.out(`\nupstream ${name}\n  ${stepsText(steps)} > send\n`);
    return EXIT_OK;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    return EXIT_FAILED;
  }
}

function routeText({ mount, path, inbound }: ListedChain): string {
  const methods = mount.match.methods?.join(',') ?? 'any';
  return `\n${methods} ${path} (${mount.source})\n  ${stepsText(inbound)}`;
}

/** A plugin stands in brackets. */
function stepsText(steps: readonly ListedStep[]): string {
  return steps.map(({ name, isPlugin }) => (isPlugin ? `[${name}]` : name)).join(' > ');
}
