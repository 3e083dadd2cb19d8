/** What `serve` serves: the configuration that is named, with what the command line says over it. */
import type { Config } from '../config/schema.ts';
import { withCount } from '../workers/config.ts';
import { supergraphConfig, supergraphSource } from './supergraph-config.ts';

export interface ServeFlags {
  readonly config?: string;
  readonly supergraph?: string;
  readonly port?: number;
  readonly host?: string;
  readonly workers?: number | 'auto';
  readonly lastGood?: string;
}

/** A supergraph alone: the command line says all. */
export function supergraphOptions(flags: ServeFlags): Config {
  const config = supergraphConfig(flags.supergraph ?? '');
  return withFlags(config, flags);
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
