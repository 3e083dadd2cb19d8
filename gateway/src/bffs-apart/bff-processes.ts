/**
 * The processes that the gateway runs for BFFs. They outlive configurations: a reload that leaves a BFF's entry alone leaves
 * its process alone too. Each listens on a socket in a folder that nobody else may open; the one that serves has the name by
 * which it is asked, which a successor takes over in one step.
 */
import { hash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configuredSchemes } from '../auth/authenticator.ts';
import type { IdentityKeys } from '../auth/to-backends/identity-keys.ts';
import { type BffConfig, bffName } from '../config/bff.ts';
import { identityTokensOf } from '../config/identity-tokens.ts';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { Meter } from '../core/meter.ts';
import { packageFolder } from '../handlers/bff/load.ts';
import { BffError } from '../handlers/bff/schema.ts';
import { startChild } from '../processes/child.ts';
import { type ProcessMetrics, processMetrics } from '../processes/metrics.ts';
import { ProcessFolder } from '../processes/process-folder.ts';
import { Supervisor } from '../processes/supervisor.ts';
import { createPrimaryState } from '../sharing/primary.ts';
import { type Entry, type Lease, lease } from '../upstream/endpoints/lease.ts';
import { bffEnvironment } from './bff-environment.ts';
import { type BffProcessOrder, ORDER_VARIABLE } from './bff-process-order.ts';

const MAIN = fileURLToPath(new URL(`../main${extname(import.meta.filename)}`, import.meta.url));
/** Megabytes of the young generation: stated, so that the process need not replace itself, which would cut our channel. */
const YOUNG_GENERATION = '--max-semi-space-size=32';

export interface BffProcessesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** What one BFF's process is to be. */
export interface BffProcessSpec {
  readonly bff: BffConfig;
  /** The gateway's folder: packages and paths are looked for from here. */
  readonly folder: string;
  readonly anonymous: boolean;
  readonly issuer: string;
}

type Identity = BffProcessOrder['identity'];

/** One BFF's process, whichever is its newest. */
export interface BffProcess {
  readonly name: string;
  readonly supervisor: Supervisor;
  /** The keys that its processes were started with. */
  keys: Identity['keys'];
}

export class BffProcesses {
  readonly #options: BffProcessesOptions;
  readonly #metrics: ProcessMetrics;
  readonly #entries = new Map<string, Entry<BffProcess>>();
  #folder: ProcessFolder | undefined;

  constructor(options: BffProcessesOptions) {
    this.#options = options;
    this.#metrics = processMetrics(options.meter);
  }

  /** Where the process of a spec is asked. */
  socketOf(spec: BffProcessSpec): string {
    return join(this.#sockets(), `${bffName(spec.bff)}-${shortHash(keyOf(spec))}.sock`);
  }

  /**
   * Starts it where it is not there yet, and waits until it serves or its first start has failed; it is tried again by and by
   * then, and its BFF alone is answered 503. One that was started with other keys than are published is replaced. Rejects with a `BffError` where there is nothing to start.
   */
  async lease(spec: BffProcessSpec, keys: Identity['keys']): Promise<Lease<BffProcess>> {
    const key = keyOf(spec);
    const isNew = !this.#entries.has(key);
    const file = configurationOf(spec);
    const leased = lease(
      this.#entries,
      key,
      () => this.#open(spec, file, keys),
      ({ supervisor }) => supervisor.close(),
    );
    if (isNew) await leased.value.supervisor.begin();
    else if (lacks(leased.value.keys, keys)) {
      leased.value.keys = keys;
      await leased.value.supervisor.replace().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.logger.error(
          { bff: bffName(spec.bff), reason },
          'a process with new keys did not start',
        );
      });
    }
    return leased;
  }

  /** The newest under a name. */
  find(name: string): Supervisor | undefined {
    const found = [...this.#entries.values()].filter(({ value }) => value.name === name);
    return found.at(-1)?.value.supervisor;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ value }) => value.supervisor.close()));
    this.#folder?.remove();
  }

  #open(spec: BffProcessSpec, file: string, keys: Identity['keys']): BffProcess {
    const { clock, logger } = this.#options;
    const name = bffName(spec.bff);
    const { process: config } = spec.bff;
    if (!config) throw new TypeError('a BFF without a process of its own');
    const socket = this.socketOf(spec);
    const state = createPrimaryState({ clock, logger });
    const opened: BffProcess = {
      name,
      keys,
      supervisor: new Supervisor({
        name,
        config,
        clock,
        logger,
        metrics: this.#metrics,
        start: (generation) => {
          const order: BffProcessOrder = {
            package: spec.bff.package ?? '',
            mount: spec.bff.mount,
            socket: numbered(socket, generation),
            anonymous: spec.anonymous,
            identity: { issuer: spec.issuer, audience: name, keys: opened.keys },
          };
          const memory = config.memory === undefined ? [] : [`--max-old-space-size=${config.memory}`];
          const child = startChild({
            module: MAIN,
            args: ['serve', '--config', file],
            execArgv: [YOUNG_GENERATION, ...memory],
            env: {
              ...bffEnvironment(process.env, config.env),
              ...state.environment,
              [ORDER_VARIABLE]: JSON.stringify(order),
            },
            cwd: dirname(file),
          });
          state.adopt(child.node);
          return child;
        },
        publish: (generation) => renameSync(numbered(socket, generation), socket),
      }),
    };
    return opened;
  }

  #sockets(): string {
    this.#folder ??= new ProcessFolder({ kind: '' });
    return this.#folder.path;
  }
}

function numbered(socket: string, generation: number): string {
  return `${socket}.${generation}`;
}

function keyOf({ bff, folder, anonymous, issuer }: BffProcessSpec): string {
  return JSON.stringify([bffName(bff), bff.package, bff.mount, bff.process, folder, anonymous, issuer]);
}

function shortHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 8);
}

/** Whether a key is published by which nobody was started. */
function lacks(had: Identity['keys'], published: Identity['keys']): boolean {
  const known = new Set(had.keys.map(({ kid }) => kid));
  return published.keys.some(({ kid }) => !known.has(kid));
}

/** The configuration of the BFF's own: stated, or the one in its package. */
function configurationOf({ bff, folder }: BffProcessSpec): string {
  const name = bff.package ?? '';
  const stated = bff.process?.config;
  if (stated !== undefined) return existing(name, resolve(folder, stated));
  return existing(name, join(packageFolder(name, folder), 'frontdesk.yaml'));
}

function existing(name: string, file: string): string {
  if (existsSync(file)) return file;
  throw new BffError(name, [`a process of its own needs a configuration of its own: there is no ${file}`]);
}

/** What the process of a BFF is to be, as a configuration says it. */
export function processSpec(config: Config, bff: BffConfig, folder: string): BffProcessSpec {
  const { schemes, anonymous } = bff.auth ?? { schemes: configuredSchemes(config.auth), anonymous: false };
  return {
    bff,
    folder,
    anonymous: anonymous || schemes.length === 0,
    issuer: identityTokensOf(config)?.issuer ?? '',
  };
}

/** All that a configuration asks for, side by side. Gives back what it has where one cannot be had. */
export async function leaseProcesses(
  config: Config,
  folder: string,
  bffProcesses: BffProcesses,
  identityKeys: IdentityKeys,
): Promise<() => Promise<void>> {
  const keys = { keys: identityKeys.published().keys.map((key) => ({ ...key })) };
  const asked = config.bffs.filter(({ process }) => process !== undefined);
  const leases = await Promise.allSettled(
    asked.map((bff) => bffProcesses.lease(processSpec(config, bff, folder), keys)),
  );
  const had = leases.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const giveBack = async (): Promise<void> => void (await Promise.all(had.map((one) => one.release())));
  const failed = leases.find((one) => one.status === 'rejected');
  if (!failed) return giveBack;
  await giveBack();
  throw failed.reason;
}
