/** Where everything listens in the demo, and free ports for everything else. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { SERVICE_NAMES, type ServiceName } from '@frontdesk/subgraphs-mock';

export type PortName = ServiceName | 'gateway' | 'admin';

export const DEMO_PORTS = {
  gateway: 4000,
  admin: 4001,
  idp: 4100,
  users: 4101,
  recommendations: 4102,
  analytics: 4103,
  payments: 4104,
  notifications: 4105,
  dispatch: 4106,
  invoices: 4107,
  live: 4108,
  accounts: 4111,
  products: 4112,
  orders: 4113,
  trips: 4114,
  reviews: 4115,
} as const satisfies Record<PortName, number>;

export type Ports = Readonly<Record<PortName, number>>;

export const PORT_NAMES: readonly PortName[] = ['gateway', 'admin', ...SERVICE_NAMES];

/** The demo's ports, each moved by `shift`. */
export function shiftedPorts(shift: number): Ports {
  return makePorts((name) => DEMO_PORTS[name] + shift);
}

export function makePorts(portOf: (name: PortName) => number): Ports {
  return {
    gateway: portOf('gateway'),
    admin: portOf('admin'),
    idp: portOf('idp'),
    users: portOf('users'),
    recommendations: portOf('recommendations'),
    analytics: portOf('analytics'),
    payments: portOf('payments'),
    notifications: portOf('notifications'),
    dispatch: portOf('dispatch'),
    invoices: portOf('invoices'),
    live: portOf('live'),
    accounts: portOf('accounts'),
    products: portOf('products'),
    orders: portOf('orders'),
    trips: portOf('trips'),
    reviews: portOf('reviews'),
  };
}

/** Below those that systems give to whoever asks for none: nobody's connection takes one before its server does. */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 32_000;

/** As many different ports of 127.0.0.1 as are asked for, all free a moment ago, and taken by nobody's chance. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (!ports.has(port) && !(await isTaken(port))) ports.add(port);
  }
  return [...ports];
}

/** Whether somebody listens on this port of 127.0.0.1, or on all addresses. */
export async function isTaken(port: number): Promise<boolean> {
  try {
    const server = await listen(port);
    await new Promise((resolve) => server.close(resolve));
    return false;
  } catch {
    return true;
  }
}

function listen(port: number): Promise<ReturnType<typeof createServer>> {
  const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof createServer>>();
  const server = createServer();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', () => resolve(server));
  return promise;
}
