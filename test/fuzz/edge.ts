/** A gateway as its operators run it, with one route to an echo backend: what fuzzers and comparisons drive. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/config.ts';
import { type GatewayProcess, startGateway } from '../stack/gateway-process.ts';
import { freePorts } from '../stack/ports.ts';
import { type Echo, startEcho } from './echo.ts';

export interface Edge {
  readonly gateway: GatewayProcess;
  readonly echo: Echo;
  readonly port: number;
  /** Whether the process that was started still runs. */
  isAlive(): boolean;
  /** Memory of the process, in bytes. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** Its patience is short where a client is slow, so that a test need not have more. */
const LISTEN = { host: '127.0.0.1', timeouts: { headers: '2s', request: '2s', linger: '200ms' } };
const PAGE_BYTES = 4096;

/** `name`: of the folder of its configuration. */
export async function startEdge(name: string): Promise<Edge> {
  const echo = await startEcho();
  const [port = 0, adminPort = 0] = await freePorts(2);
  const folder = join(ROOT, 'node_modules/.cache/frontdesk', name);
  mkdirSync(folder, { recursive: true });
  const configPath = join(folder, 'frontdesk.yaml');
  const config = {
    listen: { ...LISTEN, port },
    admin: { port: adminPort },
    telemetry: { accessLog: { enabled: false }, level: 'warn' },
    upstreams: { echo: { url: `http://${echo.address}` } },
    routes: [{ match: { path: '/*' }, to: { upstream: 'echo' } }],
  };
  writeFileSync(configPath, JSON.stringify(config));
  const gateway = await startGateway({ configPath, port, adminPort });
  let exited = false;
  void gateway.exited.then(() => {
    exited = true;
  });
  return {
    gateway,
    echo,
    port,
    isAlive: () => !exited,
    residentBytes: () =>
      Number(readFileSync(`/proc/${gateway.pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES,
    stop: async () => {
      await gateway.stop();
      echo.close();
    },
  };
}
