/** `serve` with several processes: this one keeps those that serve. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Begun } from '../change/begun.ts';
import type { Change, ChangeTarget } from '../change/change.ts';
import type { Config } from '../config/schema.ts';
import type { AdminConfig } from '../handlers/admin/admin-config.ts';
import { type Primary, startPrimary } from '../primary/primary-process.ts';
import type { ProcessPlace, Running } from '../running.ts';
import { workerSettings } from '../workers/config.ts';
import { usableCpus } from '../workers/cpus.ts';
import type { Served } from '../workers/link.ts';
import type { Program } from '../workers/worker-child.ts';
import { GatewayTarget } from './gateway-target.ts';
import { withYoungGeneration } from './young-generation.ts';

const MAIN = fileURLToPath(new URL(`../main${extname(import.meta.filename)}`, import.meta.url));

/** What serves, in one process or several. */
export interface Serving extends Pick<Running, 'addresses' | 'listening' | 'telemetry' | 'holds' | 'drain'> {
  /** What puts configurations into force. */
  readonly target: ChangeTarget;
}

/** How many processes serve. */
export function workerCount({ config: { workers } }: { readonly config: Config }): number {
  const { count } = workerSettings(workers);
  return count === 'auto' ? usableCpus() : count;
}

export interface PrimaryServing {
  readonly config: Config;
  readonly begun: Begun;
  readonly configuration: AdminConfig;
  readonly adminToken: () => string | undefined;
  readonly inherit: ProcessPlace['inherit'];
}

/** Rejects where no worker can be started, or the port is taken. */
export async function servePrimary(asked: PrimaryServing): Promise<Serving> {
  const { config, begun, configuration, adminToken, inherit } = asked;
  const primary: Primary = await startPrimary({
    config,
    served: servedOf(begun),
    count: workerCount(asked),
    program: workerProgram(),
    configuration,
    adminToken,
    ...(inherit ? { inherit } : {}),
  });
  return {
    addresses: primary.addresses,
    get listening() {
      return primary.listening;
    },
    telemetry: primary.telemetry,
    target: {
      apply: (change) => primary.pool.apply(servedOf(change)),
      rehearse: (change) => primary.pool.rehearse(servedOf(change)),
      versions: () => primary.pool.versions(),
    },
    holds: () => false,
    drain: (announceMs) => primary.drain(announceMs),
  };
}

/** One process: what is put into force in it. */
export function serveAlone(running: Running, { version }: Begun, folder: string): Serving {
  const target = new GatewayTarget(running, folder, version);
  return {
    addresses: running.addresses,
    get listening() {
      return running.listening;
    },
    telemetry: running.telemetry,
    target,
    holds: (error, kind) => running.holds(error, kind),
    drain: (announceMs) => running.drain(announceMs),
  };
}

/** Where the command line says all there are no texts. */
function servedOf({ version, bundle }: Pick<Change, 'version' | 'bundle'>): Served {
  return { version, bundle: bundle.file === '' ? undefined : bundle };
}

/** As this process was started; what only one can have (the inspector's port) is left out. */
export function workerProgram(given: readonly string[] = process.execArgv): Program {
  const execArgv = withYoungGeneration(given.filter((option) => !isInspectorPort(option)));
  return { module: MAIN, args: process.argv.slice(2), execArgv, env: process.env };
}

function isInspectorPort(option: string): boolean {
  return option.startsWith('--inspect') && !option.endsWith(':0') && !option.endsWith('=0');
}
