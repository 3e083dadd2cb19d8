/** Starts the company's services inside this process: for the demo, and for tests, which kill and restart them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SUBGRAPH_NAMES } from './graph/module.ts';
import { type RunningServer, type ServiceFactory, serve } from './http/server.ts';
import { SERVICE_NAMES, SERVICES, type ServiceName } from './services.ts';
import { World } from './world.ts';

export type { FaultRule } from './http/fault-rule.ts';
export type { StatsReport } from './http/stats.ts';
export { createMonolith, executeMonolith, type Monolith, monolithSchema } from './monolith.ts';
export { SERVICE_NAMES, type ServiceName } from './services.ts';
export { World } from './world.ts';

export interface RunningService extends RunningServer {
  readonly name: ServiceName;
}

export interface StartOptions {
  /** The service's port in the demo where left out; 0 takes a free one. */
  readonly port?: number;
  /** `127.0.0.1` where left out. */
  readonly host?: string;
  /** What it shares with others that have the same, and with itself when it is started again; a new one where left out. */
  readonly world?: World;
}

/**
 * Starts one service with fresh data. Rejects with the system's error (`EADDRINUSE`) where the port is taken.
 * The identity provider's issuer is its own address.
 */
export async function startService(name: ServiceName, options: StartOptions = {}): Promise<RunningService> {
  const { port = SERVICES[name].port, host = '127.0.0.1', world = new World() } = options;
  const factory: ServiceFactory = (url, tools) => SERVICES[name].create(url, tools, world);
  return { name, ...(await serve(factory, { port, host })) };
}

export type RunningServices = Readonly<Record<ServiceName, RunningService>> & {
  readonly world: World;
  /** Closes them all. */
  close(): Promise<void>;
};

/** Starts all services in one world; where one can't, none is left running. */
export async function startAll({ ports }: { readonly ports: 'demo' | 'free' }): Promise<RunningServices> {
  const world = new World();
  const outcomes = await Promise.allSettled(
    SERVICE_NAMES.map((name) => startService(name, ports === 'free' ? { port: 0, world } : { world })),
  );
  const running = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const close = async () => {
    await Promise.all(running.map((service) => service.close()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  const byName = new Map(running.map((service) => [service.name, service]));
  const get = (name: ServiceName): RunningService => {
    const service = byName.get(name);
    if (!service) throw new TypeError(`${name} is not running`);
    return service;
  };
  return {
    idp: get('idp'),
    users: get('users'),
    recommendations: get('recommendations'),
    analytics: get('analytics'),
    payments: get('payments'),
    notifications: get('notifications'),
    dispatch: get('dispatch'),
    invoices: get('invoices'),
    live: get('live'),
    accounts: get('accounts'),
    products: get('products'),
    orders: get('orders'),
    trips: get('trips'),
    reviews: get('reviews'),
    world,
    close,
  };
}

/** The supergraph of `schema`, with the addresses of these services in place of the demo's. */
export function supergraphFor(services: RunningServices): string {
  const location = fileURLToPath(import.meta.resolve('@frontdesk/schema/supergraph.graphql'));
  let sdl = readFileSync(location, 'utf8');
  for (const name of SUBGRAPH_NAMES) {
    sdl = sdl.replace(`"http://127.0.0.1:${SERVICES[name].port}/graphql"`, `"${services[name].url}/graphql"`);
  }
  return sdl;
}
