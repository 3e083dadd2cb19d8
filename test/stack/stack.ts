/** The whole demo on free ports, for one test file: backends in this process, gateways in one beside it or in their own. */
import {
  type FaultRule,
  SERVICE_NAMES,
  type ServiceName,
  type StatsReport,
  startService,
  World,
} from '@frontdesk/subgraphs-mock';
import { type RawConfig, section, writeConfig } from './config.ts';
import { startHostedGateway } from './gateway-host.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { freePorts, makePorts, PORT_NAMES, type Ports } from './ports.ts';
import { demoToken, type TokenOptions } from './tokens.ts';

export interface Backend {
  readonly url: string;
  /** Puts these rules in the place of all that were. */
  faults(...rules: FaultRule[]): Promise<void>;
  stats(): Promise<StatsReport>;
  /** Requests counted since the last `forget`. */
  count(): Promise<number>;
  forget(): Promise<void>;
  /** Ends it and all its connections at once. */
  kill(): Promise<void>;
  /** Starts it again on the port it had. */
  revive(): Promise<void>;
}

export interface Stack {
  readonly url: string;
  readonly adminUrl: string;
  readonly gateway: GatewayProcess;
  /** A further gateway beside the first, from the same configuration, itself edited by `edit`. `apart`: as for the first. */
  addGateway(edit?: (config: RawConfig) => void, apart?: boolean): Promise<GatewayProcess>;
  readonly backends: Readonly<Record<ServiceName, Backend>>;
  /** What the backends have in common. */
  readonly world: World;
  token(options: TokenOptions): Promise<string>;
  close(): Promise<void>;
}

export interface StackOptions {
  /** A name no other test uses: where its configuration lies. */
  readonly name: string;
  /** Changes the demo's configuration before the gateway reads it. */
  readonly edit?: (config: RawConfig) => void;
  /** Whether each gateway is a process of its own, to be measured or ended, or with workers. Default: one has them all. */
  readonly apart?: boolean;
}

/** Rejects, with nothing left running, when any part can't start. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const free = await freePorts(PORT_NAMES.length);
  const ports = makePorts((name) => free[PORT_NAMES.indexOf(name)] ?? 0);
  const running = new Map<ServiceName, { close(): Promise<void> }>();
  const gateways: GatewayProcess[] = [];
  const world = new World();
  const close = async (): Promise<void> => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([...running.values()].map((service) => service.close()));
  };
  const start = async (name: ServiceName): Promise<void> => {
    running.set(name, await startService(name, { port: ports[name], world }));
  };
  const addGateway: Stack['addGateway'] = async (edit, apart = options.apart ?? false) => {
    const nth = gateways.length + 1;
    const [port = 0, adminPort = 0] = nth === 1 ? [ports.gateway, ports.admin] : await freePorts(2);
    const configPath = writeConfig(
      `${options.name}-${nth}`,
      { ...ports, gateway: port, admin: adminPort },
      (config) => {
        // How soon a plan is there is the machine's affair.
        config.graph = { planBudget: '30s', ...section(config, 'graph') };
        options.edit?.(config);
        edit?.(config);
      },
    );
    const start = apart ? startGateway : startHostedGateway;
    const gateway = await start({ configPath, port, adminPort });
    gateways.push(gateway);
    return gateway;
  };
  try {
    await Promise.all(SERVICE_NAMES.map(start));
    const gateway = await addGateway();
    return {
      url: gateway.url,
      adminUrl: gateway.adminUrl,
      gateway,
      addGateway,
      backends: makeBackends(ports, running, start),
      world,
      token: (wanted) => demoToken(`http://127.0.0.1:${ports.idp}`, wanted),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function makeBackends(
  ports: Ports,
  running: Map<ServiceName, { close(): Promise<void> }>,
  start: (name: ServiceName) => Promise<void>,
): Record<ServiceName, Backend> {
  const make = (name: ServiceName): Backend => {
    const url = `http://127.0.0.1:${ports[name]}`;
    return {
      url,
      faults: async (...rules) => steer(`${url}/__faults`, 'POST', rules),
      stats: async () => readStats(`${url}/__stats`),
      count: async () => (await readStats(`${url}/__stats`)).total,
      forget: async () => steer(`${url}/__stats`, 'DELETE'),
      kill: async () => running.get(name)?.close(),
      revive: () => start(name),
    };
  };
  return {
    idp: make('idp'),
    users: make('users'),
    recommendations: make('recommendations'),
    analytics: make('analytics'),
    payments: make('payments'),
    notifications: make('notifications'),
    dispatch: make('dispatch'),
    invoices: make('invoices'),
    live: make('live'),
    accounts: make('accounts'),
    products: make('products'),
    orders: make('orders'),
    trips: make('trips'),
    reviews: make('reviews'),
  };
}

async function steer(url: string, method: string, rules?: readonly FaultRule[]): Promise<void> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(rules) };
  const reply = await fetch(url, { method, ...(rules ? json : {}) });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${text}`);
}

async function readStats(url: string): Promise<StatsReport> {
  const reply = await fetch(url);
  const report: StatsReport = JSON.parse(await reply.text());
  return report;
}
