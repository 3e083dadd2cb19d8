/** What `serve` serves: the configuration that is named, with what the command line says over it. */
import { dirname, resolve } from 'node:path';
import type { GatewayOptions } from '../app.ts';
import { type BffProcessOrder, underOrder } from '../bff-process-order.ts';
import type { ConfigBundle } from '../config/bundle.ts';
import type { Config } from '../config/schema.ts';
import { withCount } from '../workers/config.ts';
import { supergraphConfig, supergraphSource } from './supergraph-config.ts';
import { DEFAULT_FILE, type Terminal } from './terminal.ts';

export interface ServeFlags {
  readonly config?: string;
  readonly supergraph?: string;
  readonly port?: number;
  readonly host?: string;
  readonly workers?: number | 'auto';
}

export interface Asked extends GatewayOptions {
  /** What the configuration was made of; `undefined` where the command line says all. */
  readonly bundle: ConfigBundle | undefined;
}

/**
 * What to start; `undefined` where the configuration is faulty, and every fault has been told. Under an order it is that of a
 * process for one BFF.
 */
export async function configure(
  flags: ServeFlags,
  terminal: Terminal,
  order?: BffProcessOrder,
): Promise<Asked | undefined> {
  if (flags.config === undefined && flags.supergraph !== undefined) return supergraphOptions(flags);
  const file = flags.config ?? DEFAULT_FILE;
  // Loaded only here: a supergraph alone needs no reader of YAML.
  const { readLoaded } = await import('./configuration.ts');
  const read = readLoaded(file, terminal);
  if (!read) return undefined;
  const asked = overridden(read.config, flags, file);
  const config = order ? underOrder(asked, order) : asked;
  return { config, folder: dirname(resolve(file)), bundle: read.bundle };
}

/** A supergraph alone: the command line says all. */
export function supergraphOptions(flags: ServeFlags): Asked {
  const config = supergraphConfig(flags.supergraph ?? '');
  return { config: withFlags(config, flags), folder: process.cwd(), bundle: undefined };
}

/** The configuration of a file with what the command line says over it. Throws where that does not fit. */
export function overridden(read: Config, flags: ServeFlags, file: string): Config {
  const config = withFlags(read, flags);
  if (flags.supergraph === undefined) return config;
  if (!config.graph) throw new Error(`--supergraph is given, and ${file} has no section "graph" to serve it`);
  return { ...config, graph: { ...config.graph, supergraph: supergraphSource(flags.supergraph) } };
}

function withFlags(config: Config, flags: ServeFlags): Config {
  const { host = config.listen.host, port = config.listen.port } = flags;
  const workers = flags.workers === undefined ? config.workers : withCount(config.workers, flags.workers);
  return { ...config, workers, listen: { ...config.listen, host, port } };
}
